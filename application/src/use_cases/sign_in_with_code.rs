use super::{
    attempt::{AttemptError, Attempts, CodeRequest},
    caller::Caller,
    gate::Whom,
    open_session::{OpenSession, OpenSessionError, SignIn},
    redeem_code::{RedeemCode, Redeemed},
    sessions::Opened,
};
use crate::{Ports, Settings, ports::PortError};
use backstop_domain::{AddressKey, SecretText, SessionKind, SignInMethod};
use std::sync::Arc;

/// Signs a person in on our own pages with their e-mail address and a code, which is used up by it.
pub struct SignInWithCode {
    redeem: RedeemCode,
    sessions: OpenSession,
}

#[derive(Clone, Debug)]
pub struct CodeSignIn {
    /// As it was typed. What is no address is answered as an unknown one.
    pub email: String,
    pub typed: SecretText,
    pub caller: Caller,
    /// The token that the browser sent with the sign-in, if it did; its session ends.
    pub previous: Option<SecretText>,
}

#[derive(Clone, Debug)]
pub struct CodeSignedIn {
    pub opened: Opened,
    pub redeemed: Redeemed,
}

impl SignInWithCode {
    pub(crate) fn new(ports: &Ports, settings: &Settings, attempts: Arc<Attempts>) -> Self {
        Self { redeem: RedeemCode::new(ports, settings, attempts), sessions: OpenSession::new(ports, settings) }
    }

    /// The code is used before the session opens: a fault in between costs the code, and never lets it in twice.
    pub async fn run(&self, sign_in: &CodeSignIn) -> Result<CodeSignedIn, AttemptError> {
        let CodeSignIn { email, typed, caller, previous } = sign_in;
        let whom = Whom::Email(AddressKey::of_typed(email));
        let request = CodeRequest::of_owner(whom, typed.clone(), caller.clone());
        let (account, redeemed) = self.redeem.redeem(&request).await?;
        let to_open = SignIn {
            account,
            kind: SessionKind::User,
            method: SignInMethod::Code,
            origin: caller.origin(),
            previous: previous.clone(),
        };
        match self.sessions.run(&to_open).await {
            Ok(opened) => Ok(CodeSignedIn { opened, redeemed }),
            Err(OpenSessionError::Fault(fault)) => Err(fault.into()),
            Err(other) => Err(PortError::unavailable("the account changed at the same time").because(other).into()),
        }
    }
}
