use crate::{
    api::Topic,
    auth::{Admin, Key},
    body::{Answer, Json, Optional},
    dto::{EndedKeys, IssuedKey, NewClient, NewKey},
    params::Path,
    problems::Problem,
};
use backstop_application::ports::WhichKeys;
use backstop_domain::{ClientId, ClientKeyId};
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct AdminClients;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl AdminClients {
    /// Create a client
    ///
    /// Lets an application call the API. Its key is shown this once; it opens nothing that the calling key does not open.
    /// Scope: `admin`.
    #[oai(path = "/clients", method = "post", operation_id = "createClient")]
    async fn create(&self, key: Key<Admin>, body: Json<NewClient>) -> Result<Answer<IssuedKey>, Problem> {
        let (service, by) = key.administrator()?;
        let (name, scopes) = body.0.parts();
        let acting = Arc::clone(&service.use_cases);
        let created = service.acts.run(async move { acting.console.manage_clients.create(&name, scopes, &by).await });
        let created = created.await??;
        let location = format!("/api/v1/admin/clients/{}", created.client.id);
        Ok(Answer::created(IssuedKey::first(created), &location))
    }

    /// Give a client another key
    ///
    /// The key is shown this once. Those before it end after the overlap; without one, at once. Scope: `admin`.
    #[oai(path = "/clients/:id/keys", method = "post", operation_id = "rotateKey")]
    async fn rotate(
        &self,
        key: Key<Admin>,
        id: Path<ClientId>,
        body: Json<NewKey, Optional>,
    ) -> Result<Answer<IssuedKey>, Problem> {
        let (service, by) = key.administrator()?;
        let overlap = body.0.overlap();
        let acting = Arc::clone(&service.use_cases);
        let made = service.acts.run(async move { acting.console.manage_clients.rotate(id.0, overlap, &by).await });
        Ok(Answer::ok(IssuedKey::next(made.await??)))
    }

    /// Revoke a key
    ///
    /// Within five seconds it opens nothing on any server. Scope: `admin`.
    #[oai(path = "/keys/:id", method = "delete", operation_id = "revokeKey")]
    async fn revoke_key(&self, key: Key<Admin>, id: Path<ClientKeyId>) -> Result<Answer<EndedKeys>, Problem> {
        revoke(key, WhichKeys::One(id.0)).await
    }

    /// Revoke a client
    ///
    /// All its keys: within five seconds none opens anything on any server. Its name and its entries in the trail stay.
    /// Scope: `admin`.
    #[oai(path = "/clients/:id", method = "delete", operation_id = "revokeClient")]
    async fn revoke_client(&self, key: Key<Admin>, id: Path<ClientId>) -> Result<Answer<EndedKeys>, Problem> {
        revoke(key, WhichKeys::OfClient(id.0)).await
    }
}

async fn revoke(key: Key<Admin>, which: WhichKeys) -> Result<Answer<EndedKeys>, Problem> {
    let (service, by) = key.administrator()?;
    let acting = Arc::clone(&service.use_cases);
    let ended = service.acts.run(async move { acting.console.manage_clients.revoke(which, &by).await });
    Ok(Answer::ok(EndedKeys { ended: ended.await?? }))
}
