//! Everything that is measured: names, kinds, labels and what each means. Documents and alerts are checked against it.

/// What Prometheus calls the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// One metric. Labels never hold anything of a person, nor anything that callers make up.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal)*] $help:literal;)*) => {
        $(
            pub(crate) const $constant: Metric =
                Metric { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };
        )*

        /// All there are.
        pub const CATALOGUE: &[&Metric] = &[$(&$constant),*];
    };
}

metrics! {
    BUILD = Gauge "backstop_build_info" ["version"] "Always 1; the version that runs.";
    STARTED = Gauge "backstop_start_time_seconds" [] "When the process started, in seconds since 1970.";

    REQUESTS = Counter "backstop_http_requests_total" ["route" "method" "status"]
        "Requests that were answered, by the route's template, method and class of status; none when the caller hung up.";
    REQUEST_SECONDS = Histogram "backstop_http_request_duration_seconds" ["route" "method" "status"]
        "How long requests took, from their head to the answer.";
    IN_FLIGHT = Gauge "backstop_http_requests_in_flight" [] "Requests that are being answered.";

    ACTS = Counter "backstop_acts_total" ["kind"] "Entries that this process wrote into the audit trail, by kind.";
    REDEEMS = Counter "backstop_redeems_total" ["outcome"]
        "Codes that somebody tried to sign in with: accepted, or the reason of the refusal in the audit trail.";

    ADMISSIONS = Counter "backstop_guard_attempts_total" ["budget" "outcome"]
        "Attempts at anything that can be guessed: admitted, or refused unseen by the limit of a pair, account or network.";
    LIMITS = Counter "backstop_guard_limits_reached_total" ["limit"]
        "How often a failure reached a limit: a pair was locked, or the ceiling of an account or network was reached.";
    SUSPENSIONS = Counter "backstop_suspensions_total" ["reason"] "Accounts that were suspended.";
    LIFTS = Counter "backstop_suspensions_lifted_total" [] "Suspensions that were lifted.";

    TASKS = Gauge "backstop_queue_tasks" ["kind" "state"] "Tasks in the queue of all replicas.";
    OLDEST = Gauge "backstop_queue_oldest_due_seconds" [] "For how long the longest waiting task has been due.";
    WORKERS = Gauge "backstop_workers" [] "Workers of all replicas that were heard of lately.";
    WORKER_SLOTS = Gauge "backstop_worker_slots" ["state"] "How many tasks the workers can do at once, busy and free.";
    SCHEDULE_LATE = Gauge "backstop_schedule_late_seconds" [] "For how long the longest due schedule has waited to be run.";

    MAILS = Counter "backstop_mails_total" ["outcome"]
        "Mails handed over: sent, refused by the other side for good, or failed and to be tried again.";
    MAIL_SECONDS = Histogram "backstop_mail_duration_seconds" [] "How long handing a mail over took, whatever came of it.";
    MAILS_WAITING = Gauge "backstop_mails_waiting" [] "Mails in the queue that are not sent yet.";

    PURGE_RUNS = Counter "backstop_purge_runs_total" ["of" "status"] "Runs of clean-ups that this process ended.";
    PURGED = Counter "backstop_purge_removed_total" ["of"] "Rows that clean-ups of this process removed.";
    PURGE_SUCCESS = Gauge "backstop_purge_last_success_timestamp_seconds" ["of"]
        "When the last run of any process ended well, in seconds since 1970; not a number while none is known.";

    CONNECTIONS = Gauge "backstop_database_connections" ["pool" "state"]
        "Connections to the database that this process holds.";
    CONNECTIONS_MOST = Gauge "backstop_database_connections_max" ["pool"] "How many connections it may hold.";
    BEGIN_SECONDS = Histogram "backstop_database_begin_duration_seconds" []
        "How long units of work waited for a connection, and for the lock of their account.";
    BEGIN_FAULTS = Counter "backstop_database_begin_failures_total" [] "Units of work that could not begin.";

    CACHE_READS = Counter "backstop_cache_reads_total" ["outcome"] "What reading the cache found: hit, miss or fault.";
    PART_UP = Gauge "backstop_part_up" ["part"] "Whether a part answers, as /readyz has it.";
    OUT = Gauge "backstop_part_out" ["part"] "Whether a part is out and another stands in for it.";
    STAND_INS = Counter "backstop_stand_ins_total" ["part"] "How often another part stood in for one that is out.";
    CLOCK_OFFSET = Gauge "backstop_clock_offset_seconds" []
        "By how much the database's clock is ahead of this machine's, as it was measured last.";
}

/// Upper bounds of the buckets of durations, in seconds.
pub(super) const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0];
