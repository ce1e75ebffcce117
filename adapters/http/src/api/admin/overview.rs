use crate::{
    api::Topic,
    auth::{Admin, Key},
    body::Answer,
    dto::admin::{OverviewEntry, SettingsEntry},
    problems::Problem,
};
use poem_openapi::OpenApi;

/// How the service is doing.
pub(crate) struct Overviews;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl Overviews {
    /// Show how the service is doing
    ///
    /// What happened on the last thirty days, how accounts stand with their codes, how much background work there is, and
    /// what should be looked after. Nothing of administrators and auditors is counted. Scope: `admin`.
    #[oai(path = "/overview", method = "get", operation_id = "adminShowOverview")]
    async fn overview(&self, key: Key<Admin>) -> Result<Answer<OverviewEntry>, Problem> {
        let overview = key.service.use_cases.overview.run(key.viewer()?).await?;
        Ok(Answer::ok(overview.into()))
    }

    /// Show the settings in force
    ///
    /// Every setting of the replica that answers, with where it is from. No secret is shown. Scope: `admin`.
    #[oai(path = "/settings", method = "get", operation_id = "adminShowSettings")]
    #[expect(clippy::unused_async, reason = "operations of the API are")]
    async fn settings(&self, key: Key<Admin>) -> Result<Answer<SettingsEntry>, Problem> {
        Ok(Answer::ok(SettingsEntry::new(&key.service.settings.in_force)))
    }
}
