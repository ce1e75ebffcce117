use super::{
    caller::Caller,
    gate::Whom,
    open_session::{OpenSession, OpenSessionError, SignIn},
    passwords::{Attempted, Judged, PasswordError, Passwords, Proved, Refused},
    sessions::Opened,
};
use crate::{Ports, Settings, ports::PortResult};
use backstop_domain::{AddressKey, PasswordRefusal, SecretText, SessionKind, SignInMethod};
use std::sync::Arc;

/// Signs a person in with their e-mail address and password. A suspended account may: its owner sees that it is so.
pub struct SignInWithPassword {
    passwords: Arc<Passwords>,
    sessions: OpenSession,
}

#[derive(Clone, Debug)]
pub struct PasswordSignIn {
    /// As it was typed. What is no address is answered as an unknown one.
    pub email: String,
    pub password: SecretText,
    pub caller: Caller,
    /// The token that the browser sent with the sign-in, if it did; its session ends.
    pub previous: Option<SecretText>,
    pub kind: SessionKind,
}

impl SignInWithPassword {
    pub(crate) fn new(ports: &Ports, settings: &Settings, passwords: Arc<Passwords>) -> Self {
        Self { passwords, sessions: OpenSession::new(ports, settings) }
    }

    pub async fn run(&self, sign_in: &PasswordSignIn) -> Result<Opened, PasswordError> {
        self.passwords.allow(sign_in.kind)?;
        let whom = Whom::Email(AddressKey::of_typed(&sign_in.email));
        let aim = self.passwords.aim(&whom).await?;
        let attempted = Attempted { whom, typed: &sign_in.password, caller: &sign_in.caller };
        let passed = self.passwords.admit(&aim, attempted.caller).await?;
        let outcome = match self.passwords.judge(&aim, &passed, attempted.typed).await {
            Ok(Ok(proved)) => self.open(sign_in, &proved).await,
            Ok(Err(refused)) => Ok(Err(refused)),
            Err(fault) => Err(fault),
        };
        self.passwords.settle(&attempted, &passed, outcome).await
    }

    async fn open(&self, sign_in: &PasswordSignIn, proved: &Proved) -> PortResult<Judged<Opened>> {
        let account = proved.account.id;
        let to_open = SignIn {
            account,
            kind: sign_in.kind,
            method: SignInMethod::Password,
            origin: sign_in.caller.origin(),
            previous: sign_in.previous.clone(),
        };
        match self.sessions.run_for(&to_open, Some(&proved.stored)).await {
            Ok(opened) => Ok(Ok(opened)),
            Err(OpenSessionError::NotAllowed) => Ok(Err(Refused::of(account, PasswordRefusal::NotAllowed))),
            Err(OpenSessionError::UnknownAccount | OpenSessionError::OtherPassword) => {
                Ok(Err(Refused::of(account, PasswordRefusal::LostRace)))
            }
            Err(OpenSessionError::Fault(fault)) => Err(fault),
        }
    }
}
