//! By which parameters each list is narrowed down.

use crate::query::{
    Form::{Boolean, Instant, Network as Place, Text, Uuid, Words},
    Param, Queried, Query, param,
};
use backstop_application::{
    lists::{
        AccountFilter, AccountSort, Accounts, AuditFilter, AuditSort, AuditTrail, BatchFilter, BatchSort, Batches,
        CameFrom, ClientFilter, ClientSort, Clients, CodeFilter, CodeSort, Codes, CodesLeft, CodesOf, MailFilter,
        MailSort, Mails, RunFilter, RunSort, Runs, ScheduleFilter, ScheduleSort, Schedules, Search, Suspended,
        TaskFilter, TaskSort, Tasks, WhichActor, Whose,
    },
    ports::{Direction, MailStatus},
};
use backstop_domain::{
    ActorKind, AddressKey, AuditKind, BatchStatus, CleanUp, CodeStatus, EmailAddress, Network, ProfileName, RunStatus,
    Scope, Subject, SuspensionReason, TaskKind, TaskState,
};

/// How few codes are few, as in the notice that says so.
const FEW: u32 = 3;
/// How soon codes expire that expire soon, as in the notice that says so.
const SOON_DAYS: u16 = 7;

macro_rules! words {
    ($type:ty) => {
        Words(|| <$type>::ALL.iter().map(|word| word.as_str()).collect())
    };
}

const OF_ACCOUNT: Param = param("account", Uuid, "Of the account with this id.");
const OF_SUBJECT: Param = param("subject", Text, "Of the account with this subject; not beside `account`.");

fn whose(query: &mut Query) -> Option<Whose> {
    let account = query.get("account").map(Whose::Account);
    let subject = query.parse("subject", |text| Subject::parse(text).ok()).map(Whose::Subject);
    if account.is_some() && subject.is_some() {
        query.error("subject", "`subject` is not named beside `account`");
    }
    account.or(subject)
}

/// An exact text, or how it begins.
fn search(
    query: &mut Query,
    (exact, prefix): (&'static str, &'static str),
    exactly: impl FnOnce(String) -> String,
    beginning: impl FnOnce(String) -> String,
) -> Option<Search> {
    let exact_text = query.text(exact).map(|text| Search::Exactly(exactly(text)));
    let begun = query.text(prefix).map(|text| Search::StartsWith(beginning(text)));
    if exact_text.is_some() && begun.is_some() {
        query.error(prefix, format!("`{prefix}` is not named beside `{exact}`"));
    }
    exact_text.or(begun)
}

fn address(query: &mut Query, names: (&'static str, &'static str)) -> Option<Search> {
    let key = |text: String| {
        EmailAddress::parse(&text)
            .map_or_else(|_| AddressKey::of_typed(&text).as_str().to_owned(), |it| it.key().to_owned())
    };
    search(query, names, key, |text| AddressKey::beginning(&text))
}

fn kept(text: String) -> String {
    text
}

impl Queried for Accounts {
    const PARAMS: &'static [Param] = &[
        param("subject", Text, "With exactly this subject."),
        param("subject_prefix", Text, "Whose subject begins so, byte for byte."),
        param("email", Text, "With this e-mail address, however it is capitalised."),
        param("email_prefix", Text, "Whose e-mail address begins so, however it is capitalised."),
        param("suspended", Words(suspensions), "Whether it is suspended, or why."),
        param(
            "codes",
            Words(|| vec!["none", "few", "expiring"]),
            "Which have no code left, at most three, or some that expire within seven days.",
        ),
        param("duties", Boolean, "Whether duties of a recovery are open."),
    ];
    const SORT: AccountSort = AccountSort::Created;
    const DIRECTION: Direction = Direction::Descending;

    fn filter(query: &mut Query) -> Option<AccountFilter> {
        Some(AccountFilter {
            subject: search(query, ("subject", "subject_prefix"), kept, kept),
            email: address(query, ("email", "email_prefix")),
            role: None,
            suspended: query.parse("suspended", |text| match text {
                "yes" => Some(Suspended::Yes),
                "no" => Some(Suspended::No),
                reason => reason.parse().ok().map(Suspended::For),
            }),
            codes: query.parse("codes", |text| match text {
                "none" => Some(CodesLeft::None),
                "few" => Some(CodesLeft::Few(FEW)),
                "expiring" => Some(CodesLeft::ExpiringWithin(SOON_DAYS)),
                _ => None,
            }),
            duties: query.get("duties"),
        })
    }
}

fn suspensions() -> Vec<&'static str> {
    ["yes", "no"].into_iter().chain(SuspensionReason::ALL.iter().map(|reason| reason.as_str())).collect()
}

impl Queried for Batches {
    const PARAMS: &'static [Param] = &[
        OF_ACCOUNT,
        OF_SUBJECT,
        param("status", words!(BatchStatus), "What became of the set."),
        param("profile", Text, "Of this code profile."),
        param("expires_from", Instant, "Which expire then or later."),
        param("expires_before", Instant, "Which expire before then."),
    ];
    const SORT: BatchSort = BatchSort::Created;
    const DIRECTION: Direction = Direction::Descending;

    fn filter(query: &mut Query) -> Option<BatchFilter> {
        Some(BatchFilter {
            whose: whose(query),
            status: query.get("status"),
            profile: query.parse("profile", |text| ProfileName::parse(text).ok()),
            expires_from: query.get("expires_from"),
            expires_before: query.get("expires_before"),
        })
    }
}

impl Queried for Codes {
    const PARAMS: &'static [Param] = &[
        param("batch", Uuid, "Of the set with this id."),
        OF_ACCOUNT,
        OF_SUBJECT,
        param("status", words!(CodeStatus), "What became of the code."),
    ];
    const SORT: CodeSort = CodeSort::Id;
    const DIRECTION: Direction = Direction::Ascending;

    fn filter(query: &mut Query) -> Option<CodeFilter> {
        let status = query.get("status");
        let of = match (query.get("batch"), whose(query)) {
            (Some(_), Some(_)) => {
                query.error("batch", "`batch` is not named beside `account` or `subject`");
                None
            }
            (Some(batch), None) => Some(CodesOf::Batch(batch)),
            (None, Some(whose)) => Some(CodesOf::Account(whose)),
            (None, None) => {
                query.error("batch", "codes are listed of a `batch`, an `account` or a `subject`: name one of them");
                None
            }
        };
        Some(CodeFilter { of: of?, status })
    }
}

impl Queried for AuditTrail {
    const PARAMS: &'static [Param] = &[
        OF_ACCOUNT,
        OF_SUBJECT,
        param("kind", words!(AuditKind), "What was done."),
        param("actor", words!(ActorKind), "By what kind of somebody."),
        param("client", Uuid, "By the client with this id; not beside `actor`."),
        param("from_address", Place, "From this IP address or network."),
        param("request", Uuid, "In the request with this id, as `X-Request-Id` tells it."),
        param("from", Instant, "Then or later."),
        param("until", Instant, "Before then."),
    ];
    const SORT: AuditSort = AuditSort::At;
    const DIRECTION: Direction = Direction::Descending;

    fn filter(query: &mut Query) -> Option<AuditFilter> {
        let client = query.get("client").map(WhichActor::Client);
        let actor = query.get::<ActorKind>("actor").map(WhichActor::Any);
        if client.is_some() && actor.is_some() {
            query.error("client", "`client` is not named beside `actor`");
        }
        Some(AuditFilter {
            whose: whose(query),
            kind: query.get("kind"),
            actor: client.or(actor),
            came_from: query.parse("from_address", |text| {
                let address = text.parse().ok().map(CameFrom::Address);
                address.or_else(|| text.parse::<Network>().ok().map(CameFrom::Network))
            }),
            request: query.get("request"),
            from: query.get("from"),
            until: query.get("until"),
        })
    }
}

impl Queried for Mails {
    const PARAMS: &'static [Param] = &[
        OF_ACCOUNT,
        OF_SUBJECT,
        param("address", Text, "To this e-mail address, however it is capitalised."),
        param("address_prefix", Text, "To an e-mail address that begins so, however it is capitalised."),
        param("status", words!(MailStatus), "What became of it."),
        param("from", Instant, "Made then or later."),
        param("until", Instant, "Made before then."),
    ];
    const SORT: MailSort = MailSort::Created;
    const DIRECTION: Direction = Direction::Descending;

    fn filter(query: &mut Query) -> Option<MailFilter> {
        Some(MailFilter {
            whose: whose(query),
            address: address(query, ("address", "address_prefix")),
            status: query.parse("status", |text| MailStatus::ALL.into_iter().find(|status| status.as_str() == text)),
            from: query.get("from"),
            until: query.get("until"),
        })
    }
}

impl Queried for Runs {
    const PARAMS: &'static [Param] = &[
        param("of", words!(CleanUp), "Of what is cleared away."),
        param("status", words!(RunStatus), "What became of the run."),
        param("schedule", Uuid, "Of the schedule with this id."),
    ];
    const SORT: RunSort = RunSort::Started;
    const DIRECTION: Direction = Direction::Descending;

    fn filter(query: &mut Query) -> Option<RunFilter> {
        Some(RunFilter { of: query.get("of"), status: query.get("status"), schedule: query.get("schedule") })
    }
}

impl Queried for Tasks {
    const PARAMS: &'static [Param] = &[
        param("state", words!(TaskState), "What became of the task."),
        param("kind", words!(TaskKind), "What is to be done."),
        OF_ACCOUNT,
        OF_SUBJECT,
        param("batch", Uuid, "About the set with this id."),
        param("schedule", Uuid, "About the schedule with this id."),
    ];
    const SORT: TaskSort = TaskSort::Created;
    const DIRECTION: Direction = Direction::Descending;

    fn filter(query: &mut Query) -> Option<TaskFilter> {
        Some(TaskFilter {
            state: query.get("state"),
            kind: query.get("kind"),
            whose: whose(query),
            batch: query.get("batch"),
            schedule: query.get("schedule"),
        })
    }
}

impl Queried for Schedules {
    const PARAMS: &'static [Param] = &[
        param("of", words!(CleanUp), "Of what is cleared away."),
        param("enabled", Boolean, "Whether it runs, or is paused."),
    ];
    const SORT: ScheduleSort = ScheduleSort::Name;
    const DIRECTION: Direction = Direction::Ascending;

    fn filter(query: &mut Query) -> Option<ScheduleFilter> {
        Some(ScheduleFilter { of: query.get("of"), enabled: query.get("enabled") })
    }
}

impl Queried for Clients {
    const PARAMS: &'static [Param] = &[
        param("name", Text, "With exactly this name."),
        param("name_prefix", Text, "Whose name begins so, byte for byte."),
        param("scope", words!(Scope), "With this scope."),
    ];
    const SORT: ClientSort = ClientSort::Name;
    const DIRECTION: Direction = Direction::Ascending;

    fn filter(query: &mut Query) -> Option<ClientFilter> {
        Some(ClientFilter { name: search(query, ("name", "name_prefix"), kept, kept), scope: query.get("scope") })
    }
}

/// Whose sessions are listed.
pub(crate) const SESSIONS: &[Param] = &[OF_ACCOUNT, OF_SUBJECT];

pub(crate) fn sessions(query: &mut Query) -> Option<Whose> {
    let whose = whose(query);
    if whose.is_none() {
        query.error("subject", "sessions are listed of one `account` or `subject`: name one of them");
    }
    whose
}

#[derive(Clone, Copy)]
pub(crate) enum ExportFormat {
    JsonLines,
    Csv,
}

const JSON_LINES: &str = "jsonl";
const CSV: &str = "csv";

/// What an export has besides the filters of the list.
pub(crate) const EXPORT: Param =
    param("format", Words(|| vec![JSON_LINES, CSV]), "How it is written; `jsonl` without it.");

pub(crate) fn export_format(query: &mut Query) -> ExportFormat {
    let format = query.parse("format", |text| match text {
        JSON_LINES => Some(ExportFormat::JsonLines),
        CSV => Some(ExportFormat::Csv),
        _ => None,
    });
    format.unwrap_or(ExportFormat::JsonLines)
}
