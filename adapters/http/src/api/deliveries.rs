use super::Topic;
use crate::{
    auth::{Key, Write},
    body::{Answer, Done, Json},
    dto::{DownloadOrder, EmailOrder, EmailedBatch},
    file::File,
    params::Path,
    problems::Problem,
};
use backstop_domain::BatchId;
use poem_openapi::OpenApi;
use std::sync::Arc;

pub(crate) struct Deliveries;

#[OpenApi(prefix_path = "/api/v1", tag = "Topic::Batches")]
impl Deliveries {
    /// Download the codes
    ///
    /// The codes of a new set as a file, once, whatever the format, with the token that was given out with them. An
    /// unknown set and a wrong token are answered alike, and spend nothing. Scope: `codes:write`.
    #[oai(path = "/batches/:id/download", method = "post", operation_id = "downloadBatch")]
    async fn download(&self, key: Key<Write>, id: Path<BatchId>, body: Json<DownloadOrder>) -> Result<File, Problem> {
        let Key { service, caller, .. } = key;
        let request = body.0.judge(id.0, caller);
        let acting = Arc::clone(&service.use_cases);
        let download = service.acts.run(async move { acting.download_batch.run(&request).await });
        Ok(File(download.await??))
    }

    /// E-mail the codes
    ///
    /// The codes of a new set to the account's own address, once, with the token that was given out with them. It is
    /// answered as soon as the mail is sure to be tried; `status` says whether it went already. An unknown set and a wrong
    /// token are answered alike, and spend nothing. Scope: `codes:write`.
    #[oai(path = "/batches/:id/email", method = "post", operation_id = "emailBatch")]
    async fn email(
        &self,
        key: Key<Write>,
        id: Path<BatchId>,
        body: Json<EmailOrder>,
    ) -> Result<Answer<EmailedBatch>, Problem> {
        let Key { service, caller, .. } = key;
        let request = body.0.judge(id.0, caller);
        let acting = Arc::clone(&service.use_cases);
        let emailed = service.acts.run(async move { acting.email_batch.run(&request).await }).await??;
        Ok(Answer::accepted(EmailedBatch::new(emailed, &service.settings.sent_message)))
    }

    /// Destroy what could be delivered
    ///
    /// From this answer on the codes of the set can't be downloaded or sent any more; the codes themselves stay as they
    /// are. Doing it again answers the same. Scope: `codes:write`.
    #[oai(path = "/batches/:id/delivery", method = "delete", operation_id = "destroyDelivery")]
    async fn destroy(&self, key: Key<Write>, id: Path<BatchId>) -> Result<Done, Problem> {
        let acting = Arc::clone(&key.service.use_cases);
        key.service.acts.run(async move { acting.destroy_delivery.run(id.0).await }).await??;
        Ok(Done)
    }
}
