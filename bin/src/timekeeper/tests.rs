use super::*;
use crate::logging::sink::Sink;
use backstop_domain::Timestamp;
use backstop_memory::{ManualClock, ServiceClock};
use std::collections::VecDeque;
use tokio::time::advance;

/// Gives for each measurement by how many seconds it is ahead, `None` being a fault; the last one for ever.
struct Scripted {
    local: Arc<ManualClock>,
    ahead: Mutex<VecDeque<Option<i64>>>,
    questions: Mutex<u32>,
}

#[async_trait]
impl TimeSource for Scripted {
    async fn time(&self) -> PortResult<Timestamp> {
        let mut questions = self.questions.lock().unwrap();
        let mut script = self.ahead.lock().unwrap();
        let ahead = script[0];
        *questions += 1;
        // A measurement is five questions, or one that failed.
        if (questions.is_multiple_of(5) || ahead.is_none()) && script.len() > 1 {
            script.pop_front();
            *questions = 0;
        }
        let ahead = ahead.ok_or_else(|| PortError::unavailable("nobody there"))?;
        Ok(self.local.now() + SignedDuration::from_secs(ahead))
    }
}

async fn started(script: &[Option<i64>]) -> PortResult<Timekeeper> {
    let local = Arc::new(ManualClock::new("2027-03-01T09:30:00Z".parse().unwrap()));
    let clock = Arc::new(ServiceClock::new(Arc::clone(&local) as _));
    let ahead = Mutex::new(script.iter().copied().collect());
    let source = Arc::new(Scripted { local, ahead, questions: Mutex::default() });
    Timekeeper::start(clock, Some(source)).await
}

fn listen() -> (Sink, tracing::subscriber::DefaultGuard) {
    let sink = Sink::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(sink.clone()).finish();
    (sink, tracing::subscriber::set_default(subscriber))
}

/// Lets the keeper work for a while of its own time.
async fn keep_for(keeper: &Timekeeper, time: Duration) {
    let keeping = tokio::time::timeout(time, keeper.keep());
    assert!(keeping.await.is_err(), "it keeps on");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_can_not_measure_the_time_does_not_start() {
    let fault = started(&[None]).await.err().unwrap();
    assert_eq!(fault.to_string(), "nobody there");
}

#[tokio::test(start_paused = true)]
async fn while_the_last_measurement_failed_the_clock_is_not_ready() {
    let (sink, _listening) = listen();
    let keeper = started(&[Some(1), None, None, Some(1)]).await.unwrap();
    assert_eq!(keeper.part(), "clock");
    keeper.check().await.unwrap();
    keep_for(&keeper, Duration::from_secs(61)).await;
    assert_eq!(keeper.check().await.unwrap_err().to_string(), "the database's time is not known: nobody there");
    // Once more after five seconds in vain, and then with success, not a minute later.
    keep_for(&keeper, Duration::from_secs(11)).await;
    keeper.check().await.unwrap();
    assert_eq!((sink.lines("WARN", "can't be measured"), sink.lines("INFO", "known again")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_warned_of_once() {
    let (sink, _listening) = listen();
    let keeper = started(&[Some(2), Some(-3), Some(-3), Some(4), Some(0), Some(3)]).await.unwrap();
    assert_eq!(sink.lines("WARN", "is off"), 0, "two seconds are tolerated");
    keep_for(&keeper, Duration::from_secs(181)).await;
    assert_eq!((sink.lines("WARN", "is off"), sink.lines("WARN", "offset_ms=-3000")), (1, 1));
    keep_for(&keeper, Duration::from_secs(61)).await;
    assert_eq!(sink.lines("INFO", "agrees"), 1);
    keep_for(&keeper, Duration::from_secs(61)).await;
    assert_eq!(sink.lines("WARN", "is off"), 2);
}

#[tokio::test(start_paused = true)]
async fn the_offset_is_measured_each_minute() {
    let keeper = started(&[Some(0), Some(100)]).await.unwrap();
    let began = keeper.clock().now();
    keep_for(&keeper, Duration::from_secs(59)).await;
    assert_eq!(keeper.clock().now(), began);
    keep_for(&keeper, Duration::from_secs(61)).await;
    assert_eq!(began.duration_until(keeper.clock().now()), SignedDuration::from_secs(100));
}

#[tokio::test(start_paused = true)]
async fn a_store_on_this_machine_is_never_off() {
    let local = Arc::new(ManualClock::new("2027-03-01T09:30:00Z".parse().unwrap()));
    let clock = Arc::new(ServiceClock::new(Arc::clone(&local) as _));
    let keeper = Timekeeper::start(clock, None).await.unwrap();
    advance(Duration::from_hours(1)).await;
    keeper.check().await.unwrap();
    assert_eq!(keeper.clock().now(), local.now());
}
