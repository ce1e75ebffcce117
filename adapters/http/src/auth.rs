//! Which application calls, and whether it may.

use crate::{
    exchange::{Exchange, Service},
    problems::{Kind, Problem},
};
use backstop_application::use_cases::{Administrator, Caller, Viewer};
use backstop_domain::{Client, ClientKeyId, KeyText, Scope};
use core::marker::PhantomData;
use poem::{
    Request, RequestBody,
    http::{HeaderValue, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};
use std::sync::Arc;

/// The scope that an operation needs.
pub(crate) trait Needs: Send {
    const SCOPE: Scope;
}

pub(crate) struct Read;
pub(crate) struct Write;
pub(crate) struct Redeem;
pub(crate) struct Admin;

impl Needs for Read {
    const SCOPE: Scope = Scope::CodesRead;
}

impl Needs for Write {
    const SCOPE: Scope = Scope::CodesWrite;
}

impl Needs for Redeem {
    const SCOPE: Scope = Scope::CodesRedeem;
}

impl Needs for Admin {
    const SCOPE: Scope = Scope::Admin;
}

/// A good key with the scope `S`. Being an operation's first argument, it is judged before anything else.
pub(crate) struct Key<S> {
    pub(crate) service: Arc<Service>,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) caller: Caller,
    client: Client,
    by: ClientKeyId,
    scope: PhantomData<fn() -> S>,
}

impl<'a, S: Needs> ApiExtractor<'a> for Key<S> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            "key",
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "An API key, as `backstop create-client` shows it once. What it opens is said by its client's \
                     scopes; each operation names the one it needs.",
                ),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("backstop_<id>_<secret>"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec!["key"]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let exchange = Exchange::of(request).ok_or_else(Problem::internal)?;
        let (client, key) = known(request, exchange).await?;
        if !client.scopes.contains(S::SCOPE) {
            let needed = S::SCOPE;
            return Err(Problem::new(Kind::MissingScope, format!("The API key lacks the scope `{needed}`.")).into());
        }
        let caller = Caller::client(client.id, exchange.id);
        Ok(Self {
            service: Arc::clone(&exchange.service),
            exchange: Arc::clone(exchange),
            caller,
            client,
            by: key,
            scope: PhantomData,
        })
    }
}

impl Key<Admin> {
    /// The application as somebody who may change what others have.
    pub(crate) fn administrator(self) -> Result<(Arc<Service>, Administrator), Problem> {
        let administrator = Administrator::of_client(&self.client, self.exchange.id).ok_or_else(Problem::internal)?;
        Ok((self.service, administrator.by_key(self.by)))
    }

    /// As whom the client looks through lists.
    pub(crate) fn viewer(&self) -> Result<Viewer, Problem> {
        Viewer::of_client(&self.client).ok_or_else(Problem::internal)
    }
}

/// The client whose good key the request has.
pub(crate) async fn client(request: &Request, exchange: &Exchange) -> Result<Client, Problem> {
    Ok(known(request, exchange).await?.0)
}

/// The client with the key that it calls with.
async fn known(request: &Request, exchange: &Exchange) -> Result<(Client, ClientKeyId), Problem> {
    let bearer = bearer(request).ok_or_else(|| invalid_key("Send `Authorization: Bearer <key>`.", "Bearer"))?;
    let client = exchange.service.use_cases.authenticate_client.run(bearer).await?;
    let client = client.ok_or_else(|| invalid_key("The API key is not valid.", "Bearer error=\"invalid_token\""))?;
    exchange.knows_client(client.id);
    let key = KeyText::parse(bearer).map_err(|_| Problem::internal())?.id;
    Ok((client, key))
}

/// What a key is answered that was revoked while it was used.
pub(crate) fn revoked_meanwhile() -> Problem {
    invalid_key("The API key is not valid.", "Bearer error=\"invalid_token\"")
}

fn bearer(request: &Request) -> Option<&str> {
    let mut all = request.headers().get_all(header::AUTHORIZATION).iter();
    let (only, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, key) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn invalid_key(detail: &'static str, challenge: &'static str) -> Problem {
    Problem::new(Kind::InvalidKey, detail).with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}
