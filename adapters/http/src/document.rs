//! The OpenAPI document: what the operations say of themselves, and which answers each can give.

use crate::{
    api::{
        OPERATIONS,
        admin::{export_params, filters},
    },
    dto::schema::NOTHING,
    problems::{self, Kind},
    query,
};
use backstop_application::lists::{Accounts, AuditTrail, Batches, Clients, Codes, Mails, Runs, Schedules, Tasks};
use core::fmt;
use poem_openapi::OpenApiService;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, json};

/// What an operation can answer, beside what every operation can.
struct Answers {
    operation: &'static str,
    done: &'static [(u16, &'static str)],
    problems: &'static [Kind],
}

/// What stops any operation.
const ALWAYS: &[Kind] =
    &[Kind::InvalidRequest, Kind::InvalidKey, Kind::MissingScope, Kind::NotFound, Kind::Internal, Kind::Unavailable];
/// What can be wrong with a body.
const BODY: &[Kind] = &[Kind::RequestTimeout, Kind::BodyTooLarge, Kind::UnsupportedMediaType];
/// How an attempt with a code can end.
const ATTEMPT: &[Kind] = &[Kind::InvalidCode, Kind::MalformedCode, Kind::Locked];

const ANSWERS: &[Answers] = &[
    Answers {
        operation: "putAccount",
        done: &[(200, "The account was there before."), (201, "The account is new.")],
        problems: &[Kind::EmailTaken],
    },
    Answers { operation: "getAccount", done: &[(200, "The account.")], problems: &[] },
    Answers { operation: "eraseAccount", done: &[(204, "The account is gone.")], problems: &[] },
    Answers {
        operation: "liftSuspension",
        done: &[(200, "The account, not suspended.")],
        problems: &[Kind::SuspendedByAdministrator],
    },
    Answers {
        operation: "generateBatch",
        done: &[(201, "The new set with its codes.")],
        problems: &[
            Kind::Suspended,
            Kind::Cooldown,
            Kind::RequestInFlight,
            Kind::IdempotencyKeyReused,
            Kind::AnswerGone,
        ],
    },
    Answers { operation: "listBatches", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "invalidateBatch", done: &[(200, "The set as it is now.")], problems: &[] },
    Answers { operation: "deleteBatch", done: &[(204, "The set is deleted.")], problems: &[] },
    Answers { operation: "markBatchViewed", done: &[(204, "It is noted.")], problems: &[] },
    Answers {
        operation: "downloadBatch",
        done: &[(200, "The file.")],
        problems: &[Kind::WrongDeliveryToken, Kind::Suspended, Kind::AlreadyDownloaded, Kind::DeliveryGone],
    },
    Answers {
        operation: "emailBatch",
        done: &[(202, "The mail went, or is sure to be tried.")],
        problems: &[
            Kind::WrongDeliveryToken,
            Kind::AlreadyEmailed,
            Kind::NoAddress,
            Kind::MailRefused,
            Kind::Suspended,
            Kind::DeliveryGone,
        ],
    },
    Answers { operation: "destroyDelivery", done: &[(204, "Nothing can be delivered any more.")], problems: &[] },
    Answers {
        operation: "redeemCode",
        done: &[(200, "The code was good; it is used up now.")],
        problems: &[
            Kind::InvalidCode,
            Kind::MalformedCode,
            Kind::Locked,
            Kind::RequestInFlight,
            Kind::IdempotencyKeyReused,
            Kind::AnswerGone,
        ],
    },
    Answers {
        operation: "verifySetup",
        done: &[(200, "The code is good, and still unused.")],
        problems: &[Kind::InvalidCode, Kind::MalformedCode, Kind::Locked, Kind::AlreadyVerified],
    },
    Answers { operation: "invalidateCode", done: &[(200, "What became of the code.")], problems: ATTEMPT },
    Answers { operation: "deleteCode", done: &[(200, "What became of the code.")], problems: ATTEMPT },
    Answers {
        operation: "adminCreateAccount",
        done: &[(201, "The account is new.")],
        problems: &[Kind::SubjectTaken, Kind::EmailTaken],
    },
    Answers {
        operation: "adminEditAccount",
        done: &[(200, "The account as it is now.")],
        problems: &[Kind::EmailTaken],
    },
    Answers { operation: "adminEraseAccount", done: &[(204, "The account is gone.")], problems: &[] },
    Answers { operation: "suspendAccount", done: &[(200, "The account, suspended.")], problems: &[] },
    Answers { operation: "adminLiftSuspension", done: &[(200, "The account, not suspended.")], problems: &[] },
    Answers {
        operation: "sendPasswordReset",
        done: &[(202, "The mail is queued.")],
        problems: &[Kind::NoPasswords, Kind::NoAddress, Kind::TooManyMails],
    },
    Answers { operation: "endSessions", done: &[(200, "How many ended.")], problems: &[] },
    Answers { operation: "invalidateCodes", done: &[(200, "What became of each.")], problems: &[] },
    Answers { operation: "deleteCodes", done: &[(200, "What became of each.")], problems: &[] },
    Answers { operation: "adminInvalidateBatch", done: &[(200, "The set as it is now.")], problems: &[] },
    Answers { operation: "adminDeleteBatch", done: &[(200, "The set as it is now.")], problems: &[] },
    Answers { operation: "removeBatch", done: &[(200, "The set is gone.")], problems: &[] },
    Answers { operation: "retryTask", done: &[(204, "The task is queued.")], problems: &[Kind::TaskNotFailed] },
    Answers { operation: "removeTask", done: &[(204, "The task is gone.")], problems: &[Kind::TaskNotFailed] },
    Answers { operation: "flushTasks", done: &[(200, "What went.")], problems: &[] },
    Answers {
        operation: "createClient",
        done: &[(201, "The client with its key.")],
        problems: &[Kind::ScopeNotGranted, Kind::NameTaken],
    },
    Answers {
        operation: "rotateKey",
        done: &[(200, "The client with its next key.")],
        problems: &[Kind::ScopeNotGranted],
    },
    Answers { operation: "revokeKey", done: &[(200, "The key opens nothing.")], problems: &[] },
    Answers { operation: "revokeClient", done: &[(200, "No key of it opens anything.")], problems: &[] },
    Answers { operation: "createSchedule", done: &[(201, "The schedule.")], problems: &[Kind::NameTaken] },
    Answers {
        operation: "changeSchedule",
        done: &[(200, "The schedule as it is now.")],
        problems: &[Kind::NameTaken, Kind::ChangedMeanwhile],
    },
    Answers {
        operation: "pauseSchedule",
        done: &[(200, "The schedule, paused.")],
        problems: &[Kind::ChangedMeanwhile],
    },
    Answers {
        operation: "resumeSchedule",
        done: &[(200, "The schedule, with its next run.")],
        problems: &[Kind::ChangedMeanwhile],
    },
    Answers {
        operation: "runSchedule",
        done: &[(200, "The schedule, with one run more.")],
        problems: &[Kind::SchedulePaused, Kind::ChangedMeanwhile],
    },
    Answers { operation: "removeSchedule", done: &[(204, "The schedule is gone.")], problems: &[] },
    Answers { operation: "adminListAccounts", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowAccount", done: &[(200, "The account.")], problems: &[] },
    Answers { operation: "adminListBatches", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowBatch", done: &[(200, "The set.")], problems: &[] },
    Answers { operation: "adminListCodes", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowCode", done: &[(200, "The code, as far as it is shown.")], problems: &[] },
    Answers { operation: "adminListSessions", done: &[(200, "All of the account's sessions.")], problems: &[] },
    Answers { operation: "adminListAudit", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminExportAudit", done: &[(200, "The file.")], problems: &[] },
    Answers { operation: "adminShowAuditEntry", done: &[(200, "The entry.")], problems: &[] },
    Answers { operation: "adminListMails", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowMail", done: &[(200, "The line.")], problems: &[] },
    Answers { operation: "adminListClients", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowClient", done: &[(200, "The client.")], problems: &[] },
    Answers { operation: "adminListCleanUps", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowCleanUp", done: &[(200, "The report.")], problems: &[] },
    Answers { operation: "adminListTasks", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowTask", done: &[(200, "The task.")], problems: &[] },
    Answers { operation: "adminListSchedules", done: &[(200, "One page.")], problems: &[] },
    Answers { operation: "adminShowSchedule", done: &[(200, "The schedule.")], problems: &[] },
    Answers { operation: "adminShowOverview", done: &[(200, "The overview.")], problems: &[] },
    Answers { operation: "adminShowSettings", done: &[(200, "The settings.")], problems: &[] },
];

const ABOUT: &str = "2FA recovery codes as a service: single-use backup codes for users who lose their authenticator. \
                     Times are UTC in RFC 3339; fields that an operation does not know are errors; every error is an \
                     RFC 9457 problem document whose `type` says what happened and leads to an explanation.";

/// The document as `/api/openapi.json` serves it: pretty JSON, the same for the same service.
pub fn openapi_document(public_url: &str) -> String {
    let service =
        OpenApiService::new(OPERATIONS, "Backstop", env!("CARGO_PKG_VERSION")).description(ABOUT).server(public_url);
    let spec: Spec = serde_json::from_str(&service.spec()).unwrap_or_default();
    let mut document = spec.whole();
    complete(&mut document, public_url);
    let mut text = serde_json::to_string_pretty(&sorted(document)).unwrap_or_default();
    text.push('\n');
    text
}

/// The document as it is written down: a path whose operations stand in two places is there twice.
#[derive(Default, Deserialize)]
struct Spec {
    paths: Paths,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Default)]
struct Paths(Map<String, Value>);

impl Spec {
    fn whole(mut self) -> Value {
        self.rest.insert("paths".to_owned(), Value::Object(self.paths.0));
        Value::Object(self.rest)
    }
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Paths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("paths with their operations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Paths, A::Error> {
                let mut all = Map::new();
                while let Some((path, operations)) = map.next_entry::<String, Map<String, Value>>()? {
                    let known = all.entry(path).or_insert_with(|| Value::Object(Map::new()));
                    known.as_object_mut().into_iter().for_each(|known| known.extend(operations.clone()));
                }
                Ok(Paths(all))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

fn complete(document: &mut Value, public_url: &str) {
    document["components"]["schemas"]["Problem"] = problem_schema();
    for kind in Kind::ALL {
        let row = kind.row();
        document["components"]["examples"][row.name] =
            json!({ "summary": row.title, "value": problems::example(*kind, public_url) });
    }
    let operations = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        if let Some(answers) = ANSWERS.iter().find(|answers| answers.operation == id) {
            let asked = asked_by(answers.operation);
            if !asked.is_empty() {
                match operation.get_mut("parameters").and_then(Value::as_array_mut) {
                    Some(known) => known.extend(asked),
                    None => operation["parameters"] = Value::Array(asked),
                }
            }
            let has_body = operation.get("requestBody").is_some();
            operation["responses"] = responses(answers, &operation["responses"], has_body);
        }
    }
    close(document);
}

/// What an operation is asked for by in the query, where one table says it for many.
fn asked_by(operation: &str) -> Vec<Value> {
    match operation {
        "adminListAccounts" => query::all_described::<Accounts>(),
        "adminListBatches" => query::all_described::<Batches>(),
        "adminListCodes" => query::all_described::<Codes>(),
        "adminListAudit" => query::all_described::<AuditTrail>(),
        "adminListMails" => query::all_described::<Mails>(),
        "adminListClients" => query::all_described::<Clients>(),
        "adminListCleanUps" => query::all_described::<Runs>(),
        "adminListTasks" => query::all_described::<Tasks>(),
        "adminListSchedules" => query::all_described::<Schedules>(),
        "adminListSessions" => query::described(filters::SESSIONS).collect(),
        "adminExportAudit" => query::described(&export_params()).collect(),
        _ => Vec::new(),
    }
}

/// Every answer of one operation. What `poem-openapi` knows is the form of the good one.
fn responses(answers: &Answers, known: &Value, has_body: bool) -> Value {
    let mut all = Map::new();
    let form = known.as_object().and_then(|known| known.values().next()).and_then(|only| only.get("content"));
    for (status, description) in answers.done {
        let mut answer = json!({ "description": description, "headers": { "X-Request-Id": request_id() } });
        if let Some(form) = form {
            answer["content"] = form.clone();
        }
        if answers.problems.contains(&Kind::RequestInFlight) {
            answer["headers"]["Idempotency-Replayed"] =
                header("boolean", "There, and true, when this is the first answer again.");
            answer["headers"]["Idempotency-Replayed"]["required"] = false.into();
        }
        if *status == 201 {
            answer["headers"]["Location"] = header("string", "Where it is.");
        }
        if is_list(answers.operation) {
            answer["headers"]["Link"] =
                header("string", "The addresses of the pages after and before, if there are any.");
            answer["headers"]["Link"]["required"] = false.into();
        }
        if matches!(answers.operation, "downloadBatch" | "adminExportAudit") {
            answer["headers"]["Content-Disposition"] = header("string", "What to save the file as.");
        }
        all.insert(status.to_string(), answer);
    }
    let body = if has_body { BODY } else { &[] };
    for kind in ALWAYS.iter().chain(body).chain(answers.problems) {
        add_problem(&mut all, *kind);
    }
    Value::Object(all)
}

fn add_problem(all: &mut Map<String, Value>, kind: Kind) {
    let row = kind.row();
    let answer = all.entry(row.status.as_u16().to_string()).or_insert_with(|| {
        json!({
            "description": "",
            "headers": { "X-Request-Id": request_id() },
            "content": {
                problems::CONTENT_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": {} },
            },
        })
    });
    let before = answer["description"].as_str().unwrap_or_default();
    answer["description"] = format!("{before} `{}`: {}.", row.name, row.title).trim_start().into();
    answer["content"][problems::CONTENT_TYPE]["examples"][row.name] =
        json!({ "$ref": format!("#/components/examples/{}", row.name) });
    match kind {
        Kind::InvalidKey | Kind::InvalidCode => {
            answer["headers"]["WWW-Authenticate"] = header("string", "What was not accepted.");
        }
        Kind::Locked | Kind::Cooldown | Kind::Unavailable | Kind::RequestInFlight => {
            answer["headers"]["Retry-After"] = header("integer", "How many seconds to wait.");
        }
        _ => {}
    }
}

fn is_list(operation: &str) -> bool {
    operation.starts_with("adminList") && operation != "adminListSessions"
}

fn header(r#type: &str, description: &str) -> Value {
    json!({ "description": description, "schema": { "type": r#type } })
}

fn request_id() -> Value {
    json!({ "description": "The request's id in log and audit trail.", "schema": { "type": "string", "format": "uuid" } })
}

fn problem_schema() -> Value {
    let words = |words: &[&str]| json!({ "type": "string", "enum": words });
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.row().name).collect();
    json!({
        "type": "object",
        "description": "Why a request was not answered as it was meant (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {
                "type": "string",
                "format": "uri",
                "description": format!("Ends in one of {}; leads to an explanation.", names.join(", ")),
            },
            "title": { "type": "string", "description": "The same for every problem of this type." },
            "status": { "type": "integer", "description": "The answer's status." },
            "detail": { "type": "string", "description": "What is wrong this time." },
            "errors": {
                "type": "array",
                "description": "Each place that is wrong.",
                "items": {
                    "type": "object",
                    "required": ["detail", "pointer"],
                    "properties": {
                        "detail": { "type": "string" },
                        "pointer": { "type": "string", "description": "A JSON pointer into the body, or the query." },
                    },
                },
            },
            "attempts_left": {
                "type": "integer",
                "minimum": 0,
                "description": "How many more wrong codes until a lock.",
            },
            "retry_after": { "type": "integer", "minimum": 0, "description": "How many seconds to wait." },
            "reason": words(&["failures", "not_me", "admin"]),
            "typo": words(&["empty", "wrong_length", "foreign_symbol", "check_failed"]),
        },
    })
}

/// Says `additionalProperties: false` where [`NOTHING`] stands for it.
fn close(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(others) = fields.get_mut("additionalProperties").filter(|others| others["type"] == NOTHING) {
                *others = Value::Bool(false);
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The same value with its fields in the order of their names, whatever order maps keep.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> =
                fields.into_iter().map(|(name, field)| (name, sorted(field))).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
