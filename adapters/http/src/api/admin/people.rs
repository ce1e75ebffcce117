use super::{
    export::{self, Export},
    filters, no_such_entry, one, page,
};
use crate::{
    api::Topic,
    auth::{Admin, Key},
    body::Answer,
    dto::admin::{
        AccountEntry, AccountsPage, AuditLine, AuditPage, BatchEntry, BatchesPage, ClientEntry, ClientsPage, CodeEntry,
        CodesPage, MailEntry, MailsPage, SessionsOf,
    },
    params::Path,
    problems::Problem,
    query::Query,
};
use poem::Request;
use poem_openapi::OpenApi;
use uuid::Uuid;

/// Accounts and what is theirs.
pub(crate) struct People;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Topic::Admin")]
impl People {
    /// List accounts
    ///
    /// The users, without those who run the service. Scope: `admin`.
    #[oai(path = "/accounts", method = "get", operation_id = "adminListAccounts")]
    async fn accounts(&self, key: Key<Admin>, request: &Request) -> Result<Answer<AccountsPage>, Problem> {
        page(&key, &key.service.use_cases.lists.accounts, request, AccountsPage::new).await
    }

    /// Show an account
    ///
    /// One user, by the account's id. Scope: `admin`.
    #[oai(path = "/accounts/:id", method = "get", operation_id = "adminShowAccount")]
    async fn account(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<AccountEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.accounts, id.0, AccountEntry::new).await
    }

    /// List sets of codes
    ///
    /// The sets of all users that were not purged. Scope: `admin`.
    #[oai(path = "/batches", method = "get", operation_id = "adminListBatches")]
    async fn batches(&self, key: Key<Admin>, request: &Request) -> Result<Answer<BatchesPage>, Problem> {
        page(&key, &key.service.use_cases.lists.batches, request, BatchesPage::new).await
    }

    /// Show a set of codes
    ///
    /// One set, by its id. Scope: `admin`.
    #[oai(path = "/batches/:id", method = "get", operation_id = "adminShowBatch")]
    async fn batch(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<BatchEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.batches, id.0, BatchEntry::new).await
    }

    /// List codes
    ///
    /// The codes of one set or one user: what became of them, and nothing of the codes themselves. Scope: `admin`.
    #[oai(path = "/codes", method = "get", operation_id = "adminListCodes")]
    async fn codes(&self, key: Key<Admin>, request: &Request) -> Result<Answer<CodesPage>, Problem> {
        page(&key, &key.service.use_cases.lists.codes, request, CodesPage::new).await
    }

    /// Show a code
    ///
    /// What became of one code. Scope: `admin`.
    #[oai(path = "/codes/:id", method = "get", operation_id = "adminShowCode")]
    async fn code(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<CodeEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.codes, id.0, CodeEntry::new).await
    }

    /// List sessions
    ///
    /// Where one user is signed in on our own pages. Sessions are told of one account at a time. Scope: `admin`.
    #[oai(path = "/sessions", method = "get", operation_id = "adminListSessions")]
    async fn sessions(&self, key: Key<Admin>, request: &Request) -> Result<Answer<SessionsOf>, Problem> {
        let mut query = Query::read(request, filters::SESSIONS)?;
        let whose = filters::sessions(&mut query);
        let whose = query.done(whose)?;
        let list = &key.service.use_cases.lists.sessions_of;
        let (account, sessions) = list.run(key.viewer()?, &whose).await?.ok_or_else(no_such_entry)?;
        Ok(Answer::ok(SessionsOf::new(&account, sessions, list.rules())))
    }

    /// List the audit trail
    ///
    /// What was done, the newest first; nothing that is about those who run the service. Scope: `admin`.
    #[oai(path = "/audit", method = "get", operation_id = "adminListAudit")]
    async fn audit(&self, key: Key<Admin>, request: &Request) -> Result<Answer<AuditPage>, Problem> {
        page(&key, &key.service.use_cases.lists.audit, request, AuditPage::new).await
    }

    /// Export the audit trail
    ///
    /// All entries that the filters leave, the newest first, as lines of JSON or as a table. An answer that breaks off
    /// is not whole. Scope: `admin`.
    #[oai(path = "/audit/export", method = "get", operation_id = "adminExportAudit")]
    async fn export(&self, key: Key<Admin>, request: &Request) -> Result<Export, Problem> {
        export::export(&key, request).await
    }

    /// Show an entry of the audit trail
    ///
    /// One entry, by its id. Scope: `admin`.
    #[oai(path = "/audit/:id", method = "get", operation_id = "adminShowAuditEntry")]
    async fn audit_entry(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<AuditLine>, Problem> {
        one(&key, &key.service.use_cases.lists.audit, id.0, AuditLine::new).await
    }

    /// List the e-mail log
    ///
    /// The mails to users, as long as `mail.store_log` keeps them. Scope: `admin`.
    #[oai(path = "/mails", method = "get", operation_id = "adminListMails")]
    async fn mails(&self, key: Key<Admin>, request: &Request) -> Result<Answer<MailsPage>, Problem> {
        page(&key, &key.service.use_cases.lists.mails, request, MailsPage::new).await
    }

    /// Show a line of the e-mail log
    ///
    /// One mail, by the id of its task. Scope: `admin`.
    #[oai(path = "/mails/:id", method = "get", operation_id = "adminShowMail")]
    async fn mail(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<MailEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.mails, id.0, MailEntry::new).await
    }

    /// List clients
    ///
    /// The applications that call the API, with their keys. Scope: `admin`.
    #[oai(path = "/clients", method = "get", operation_id = "adminListClients")]
    async fn clients(&self, key: Key<Admin>, request: &Request) -> Result<Answer<ClientsPage>, Problem> {
        page(&key, &key.service.use_cases.lists.clients, request, ClientsPage::new).await
    }

    /// Show a client
    ///
    /// One application, by its id. Scope: `admin`.
    #[oai(path = "/clients/:id", method = "get", operation_id = "adminShowClient")]
    async fn client(&self, key: Key<Admin>, id: Path<Uuid>) -> Result<Answer<ClientEntry>, Problem> {
        one(&key, &key.service.use_cases.lists.clients, id.0, ClientEntry::new).await
    }
}
