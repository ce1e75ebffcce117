use super::*;
use crate::logging::sink::Sink;
use backstop_application::ports::PortError;
use backstop_domain::{AuditId, Origin, Timestamp};
use backstop_memory::MemoryStorage;
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use uuid::Uuid;

fn listen() -> (Sink, DefaultGuard) {
    let sink = Sink::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(sink.clone()).finish();
    (sink, tracing::subscriber::set_default(subscriber))
}

fn lines(sink: &Sink) -> Vec<Value> {
    sink.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn entry(number: usize, kind: AuditKind) -> AuditEntry {
    AuditEntry {
        id: AuditId::new(Uuid::from_u128(u128::try_from(number).unwrap())),
        at: Timestamp::UNIX_EPOCH,
        kind,
        actor: Actor::Client(ClientId::new(Uuid::from_u128(2))),
        account: Some(AccountId::new(Uuid::from_u128(3))),
        batch: Some(BatchId::new(Uuid::from_u128(4))),
        count: Some(10),
        reason: Some("unknown".into()),
        typed: Some([0xA7; 32]),
        origin: Origin {
            ip: Some("192.0.2.99".parse().unwrap()),
            user_agent: Some("Agent/7".into()),
            request: Some(RequestId::new(Uuid::from_u128(5))),
        },
    }
}

async fn unit(storage: &TellingStorage, kinds: &[AuditKind]) -> Box<dyn UnitOfWork> {
    let mut unit = storage.begin().await.unwrap();
    for (number, kind) in kinds.iter().enumerate() {
        unit.audit().append(entry(number, *kind)).await.unwrap();
    }
    unit
}

#[tokio::test]
async fn an_act_is_told_once_it_is_committed_and_without_the_person() {
    let (sink, _listening) = listen();
    let storage = TellingStorage::new(Arc::new(MemoryStorage::new()), Arc::default());
    let unit = unit(&storage, &[AuditKind::RedeemRefused, AuditKind::Locked]).await;
    assert_eq!(sink.text(), "", "nothing is true yet");
    unit.commit().await.unwrap();
    let told = lines(&sink);
    let id = |number| Uuid::from_u128(number).to_string();
    let mut fields = json!({
        "kind": "redeem_refused", "account": id(3), "batch": id(4), "count": 10, "reason": "unknown", "client": id(2),
        "request": id(5),
    });
    assert_eq!((&told[0]["fields"], &told[0]["target"]), (&fields, &json!("backstop::redeem")));
    fields["kind"] = json!("locked");
    assert_eq!((&told[1]["fields"], &told[1]["target"]), (&fields, &json!("backstop::guard")));
    assert_eq!((&told[0]["level"], &told[1]["level"], told.len()), (&json!("INFO"), &json!("WARN"), 2));
}

#[tokio::test]
async fn what_did_not_become_true_is_not_told() {
    let (sink, _listening) = listen();
    let storage = TellingStorage::new(Arc::new(MemoryStorage::new()), Arc::default());
    unit(&storage, &[AuditKind::Generated]).await.rollback().await.unwrap();
    drop(unit(&storage, &[AuditKind::Generated]).await);
    let failing = TellingStorage::new(Arc::new(Failing(MemoryStorage::new())), Arc::default());
    assert!(unit(&failing, &[AuditKind::Generated]).await.commit().await.is_err());
    assert_eq!(sink.text(), "");
}

#[tokio::test]
async fn every_kind_of_act_is_told_under_one_topic() {
    let (sink, _listening) = listen();
    let storage = TellingStorage::new(Arc::new(MemoryStorage::new()), Arc::default());
    unit(&storage, AuditKind::ALL).await.commit().await.unwrap();
    let told = lines(&sink);
    let of = |topic: LogTopic| -> Vec<&str> {
        let of_it = told.iter().filter(|line| line["target"] == topic.target());
        of_it.map(|line| line["fields"]["kind"].as_str().unwrap()).collect()
    };
    assert_eq!(told.len(), AuditKind::ALL.len());
    assert!(told.iter().all(|line| LogTopic::of(line["target"].as_str().unwrap()).is_some()), "{told:?}");
    assert_eq!(of(LogTopic::Guard), ["locked", "suspended", "lifted", "password_worn_out"]);
    assert!(of(LogTopic::Generation).contains(&"superseded") && of(LogTopic::Redeem).contains(&"setup_failed"));
    assert!(of(LogTopic::Audit).contains(&"client_created") && of(LogTopic::Audit).contains(&"account_erased"));
}

/// A storage that never commits.
struct Failing(MemoryStorage);

#[async_trait]
impl Storage for Failing {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(FailingUnit(self.0.begin().await?)))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        Ok(Box::new(FailingUnit(self.0.begin_locking(account).await?)))
    }
}

struct FailingUnit(Box<dyn UnitOfWork>);

#[async_trait]
impl UnitOfWork for FailingUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        self.0.accounts()
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        self.0.batches()
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        self.0.codes()
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        self.0.recoveries()
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        self.0.limits()
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        self.0.audit()
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        self.0.clients()
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        self.0.answers()
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        self.0.tasks()
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        self.0.schedules()
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        self.0.clean_ups()
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        self.0.runs()
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        self.0.mail_log()
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        self.0.notices()
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        self.0.links()
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        self.0.passwords()
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        self.0.second_factors()
    }

    async fn commit(self: Box<Self>) -> PortResult<()> {
        self.0.rollback().await?;
        Err(PortError::unavailable("the connection broke"))
    }

    async fn rollback(self: Box<Self>) -> PortResult<()> {
        self.0.rollback().await
    }
}
