//! Adapters that each break one thing, to show that the rules notice.
//!
//! They are decorators over a sound adapter, so that everything else about them is right.

mod authenticators;
mod cache;
mod clock;
mod code_wrapper;
mod core;
mod exporter;
mod guard;
mod letter_writer;
mod mailer;
mod password_hasher;
mod queue;
mod readers;
mod registers;
mod services;
mod sessions;
mod stores;
mod tallies;
mod unit;
mod vault;

pub use cache::{BrokenCache, CacheDefect};
pub use clock::{BrokenFollowing, FollowingDefect};
pub use exporter::{BrokenExporters, ExporterDefect};
pub use guard::{BrokenGuard, GuardDefect};
pub use letter_writer::{BrokenLetters, LetterDefect};
pub use mailer::{BrokenMailers, MailerDefect};
pub use queue::{BrokenQueue, QueueDefect};
pub use services::{BrokenService, ServiceDefect};
pub use sessions::{BrokenSessions, SessionDefect};
pub use vault::{BrokenVault, VaultDefect};

use crate::{StoreHarness, Stores};
use ::core::{sync::atomic::AtomicUsize, time::Duration};
use async_trait::async_trait;
use backstop_application::ports::{KnownKey, SecondFactor, StoredPassword};
use backstop_domain::{AccountId, BatchId, ClientKeyId, CodeId, Network, Timestamp};
use readers::BrokenReaders;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tallies::BrokenTallies;
use unit::BrokenStorage;

macro_rules! defects {
    ($(#[$doc:meta])* $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}
use defects;

defects! {
    /// What is wrong with a store.
    Defect {
        // Accounts.
        ForgetsNotifyEmails,
        KeepsAsciiOnly,
        KeepsMilliseconds,
        GetReadsCommitted,
        TakenSubjectIsDone,
        FoldsSubjects,
        ComparesEmailsByCase,
        ConflictsSpoilTheUnit,
        UpdateIsForgotten,
        UpdateOverwritesSuspension,
        TakenEmailIsLeftOut,
        OwnEmailIsTaken,
        UpdateInserts,
        VerifiesAlways,
        AnybodyIsAnAdministrator,
        SuspendsAlways,
        EraseCountsNothing,
        EraseIsForgotten,
        EraseTakesEverybody,
        FindsAnyEmail,
        EmailsDifferByCase,
        // Passwords.
        PasswordStaysAsItWas,
        NewPasswordKeepsFailures,
        PasswordForNobody,
        PasswordFailuresAreLost,
        PasswordFailuresOfEverybody,
        PasswordFailuresStay,
        ClearsPasswordFailuresOfEverybody,
        PasswordsCannotBeRead,
        FailuresNeedAPassword,
        EraseKeepsPasswords,
        SignOutsAreForgotten,
        SignOutsOfEverybody,
        // Second factors.
        SecondFactorsCannotBeRead,
        ProposalsAreForgotten,
        ProposalEndsTheAuthenticator,
        ProposalForNobody,
        ConfirmsAnyProposal,
        ConfirmsForAnySession,
        ConfirmedProposalStays,
        ConfirmingUsesNoStep,
        ConfirmingKeepsFailures,
        OlderStepsAreGood,
        StepsOfAnySecret,
        StepsKeepFailures,
        WrongCodesAreNotCounted,
        WrongCodesOfEverybody,
        WrongCodesNeedAnAuthenticator,
        AuthenticatorsStay,
        RemovesAuthenticatorsOfEverybody,
        EraseKeepsSecondFactors,
        // Batches.
        ForgetsExpiry,
        LosesTheLastCode,
        StoresWhatItCan,
        TwoStandingBatches,
        ExhaustedMakesRoom,
        ConflictSupersedes,
        OneBatchForEver,
        AccountIsNotChecked,
        SupersedeIsForgotten,
        SupersedesNothing,
        InvalidateIsForgotten,
        DeleteIsForgotten,
        DeletesStandingOnly,
        RevokesBatchesAgain,
        OwnerIsNotChecked,
        ViewsAgain,
        ModificationIsNotNoted,
        NewestOfEverybody,
        NewestIsWhatStands,
        // Delivery.
        ForgetsDeliveryDigest,
        DownloadsAgain,
        DownloadsAreForgotten,
        DownloadsWhatIsGone,
        RefusedDownloadsLeaveMarks,
        DeliveryIsNotEnded,
        EndsAnyDelivery,
        OneMarkForBoth,
        MailMarksStay,
        FailedMailsAreMisdated,
        ExpiringBeginsAnew,
        ExpiringHasNoEnd,
        LinesAreNotCounted,
        RemovedSchedulesComeBack,
        TakesAnyMailMarkBack,
        // Codes.
        ConsumeIsForgotten,
        CountersDoNotMove,
        FindsThenUpdates,
        UsedIsWonAgain,
        InactiveIsWon,
        ExpiryIsIgnored,
        ExpiresAMicrosecondLate,
        EverythingExpires,
        SuspensionIsIgnored,
        LostAttemptsLeaveMarks,
        RevokeIsForgotten,
        RevokesAnything,
        // Units.
        CommitsEachStep,
        RollbackCommits,
        AuditAfterCommit,
        AuditSurvivesRollback,
        ClaimsRowLocks,
        LeaksUnits,
        MissingAccountIsAFault,
        // Audit.
        ForgetsUserAgents,
        ForgetsSchedules,
        OneEntryAUnit,
        EntriesNeedAnAccount,
        EraseChangesTheTrail,
        BuryIsForgotten,
        BuriesEverybody,
        OldestEntriesFirst,
        TrailOfEverybody,
        // Reading.
        OldestBatchesFirst,
        PagesForgetSuperseding,
        NoWindowIsAll,
        HistoryOfEverybody,
        UnsteadyOrder,
        BatchesAreNotFound,
        ReadsInTwoMoments,
        StateForgetsExhausted,
        UnknownIsAFault,
        FirstTagOnly,
        KeyIdsAreIgnored,
        LiveByKeyOnly,
        CountsExpired,
        // Clients, recoveries, health.
        ForgetsScopes,
        NextKeysAreForgotten,
        NextKeysEndTheOthers,
        KeysNeverEnd,
        KeysEndAtOnce,
        OneKeyEndsAll,
        AnyKeyIsHeld,
        NewKeysSlipThrough,
        MarkedBatchesStay,
        LiveBatchesGo,
        GoneBatchesAreForgotten,
        AnyKeyIsKnown,
        NamesAreShared,
        LastUseGoesBack,
        AnyCodeIsFound,
        StatusIsStale,
        NamesAreForgotten,
        LastRecoveryOnly,
        ForgetsWhatIsSettled,
        SettleIsForgotten,
        SettlesForEverybody,
        SettlingTellsNothing,
        NetworksAreForgotten,
        NetworksOfEverybody,
        FailsOneTooMany,
        SuspendsAgain,
        FailuresAreNeverCleared,
        ClearsForEverybody,
        NobodyFails,
        WaitIsForgotten,
        SignInsAreForgotten,
        SignsInEverybody,
        NetworkTimesGoBack,
        NetworksStayForEver,
        ForgetsOtherNetworks,
        EraseKeepsNetworks,
        // Answers that may be asked for again.
        ClaimsAlways,
        ClaimsOverNothing,
        ClaimsAreTaken,
        ContentIsNotCompared,
        FindsWhatIsOver,
        AnswersAreForgotten,
        AnybodyAnswers,
        AnswersKeepTheirClaimsEnd,
        ReleasesAnswers,
        ReleaseIsForgotten,
        ForgetsEveryAnswer,
        ForgetsAllAtOnce,
        // Clean-ups, their schedules and their records.
        TakesNoCodes,
        TakesWhatIsNotOver,
        TakesAllCodesAtOnce,
        TellsBatchesTwice,
        ForgetsWhatIsLeft,
        TakesNothingAtTimes,
        EmptyBatchesStay,
        ActiveBatchesGo,
        YoungBatchesGo,
        AllBatchesGoAtOnce,
        HistoryForgetsWhatWent,
        RecordsStay,
        RecordsGoAtOnce,
        HistoriesAreKept,
        HistoriesGoEarly,
        LogsLoseEverything,
        LogRangesAreForgotten,
        ForgetsTimeZones,
        SchedulesShareNames,
        RevisionsAreIgnored,
        ChangesForgetTheLastRun,
        SchedulesStay,
        DueIsUnordered,
        ExtraRunsAreForgotten,
        SchedulesStandStill,
        MovingOnSavesEverything,
        EndsAreForgotten,
        ForgetsWhoStarted,
        RunsBeginAgain,
        ChunksAreForgotten,
        LinesAreAddedTwice,
        LinesAreUnordered,
        LinesOfStaffAreShown,
        OldestRunsFirst,
        AnyRunIsUnfinished,
        RunsAreKept,
        EligibleBatchesAreNotCounted,
        // Lists.
        PagesSkipAnEntry,
        PagesGoOneWay,
        PagesKeepTheirLastEntry,
        CountsOn,
        FiltersAreForgotten,
        SearchesFindBeginnings,
        StaffIsShown,
        EntriesAreNotThere,
        EntriesAreOfNobody,
        // Links.
        LinksNeverExpire,
        LinksLeadNowhere,
        LinksAreGoodTwice,
        AnybodySpendsLinks,
        LinksStay,
        LinksAreForgottenEarly,
        // Mails and notices.
        ForgetsMailErrors,
        MailsWaitForEver,
        MailsOfBatchesWaitForEver,
        GivesUpWhatWasSent,
        FirstLineStays,
        ErasedPeopleGetMail,
        OldestMailsFirst,
        NotesAgain,
        NothingIsHeldBack,
        HeldIsLost,
        NoticesAreKept,
        AuthenticatorsOnlyAreSealed,
        ProposalsAreSealed,
        OddlySealedIsLeftOut,
        // What the overview is made of.
        AmountsAreNotTallied,
        TalliesForgetWhatGoesOn,
        TalliesGoWithTheTrail,
        TalliesCountAgain,
        TalliesCountOn,
        TalliesEndEarly,
        TalliesBeginAtTheBeginning,
        StaffIsTallied,
        RunsAreNotTallied,
        TalliesAreKept,
        KeysAreNotedAnew,
        KeysOfAnyPurpose,
        HealthNeverAnswers,
        HealthWaitsItsTurn,
        HealthHasNoName,
    }
}

/// A sound store with one defect.
pub struct Broken {
    sound: Arc<dyn StoreHarness>,
    defect: Defect,
}

impl Broken {
    pub fn new(sound: Arc<dyn StoreHarness>, defect: Defect) -> Self {
        Self { sound, defect }
    }
}

/// What the decorators of one store share.
struct Core {
    sound: Stores,
    defect: Defect,
    seen: Mutex<Seen>,
    /// How many have found a code usable and not used it yet.
    finders: AtomicUsize,
}

/// What went through the decorators, by which they can do what a sound store never would.
#[derive(Default)]
struct Seen {
    accounts: Vec<AccountId>,
    codes: HashMap<CodeId, (AccountId, BatchId)>,
    last_key: Option<KnownKey>,
    uses: HashMap<ClientKeyId, Timestamp>,
    networks: Vec<(AccountId, Network, Timestamp)>,
    passwords: HashMap<AccountId, StoredPassword>,
    second_factors: HashMap<AccountId, SecondFactor>,
}

impl Core {
    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    fn accounts(&self) -> Vec<AccountId> {
        self.seen().accounts.clone()
    }

    fn code(&self, code: CodeId) -> Option<(AccountId, BatchId)> {
        self.seen().codes.get(&code).copied()
    }
}

#[async_trait]
impl StoreHarness for Broken {
    async fn fresh(&self) -> Stores {
        let sound = self.sound.fresh().await;
        let core = Arc::new(Core { sound, defect: self.defect, seen: Mutex::default(), finders: AtomicUsize::new(0) });
        let readers = Arc::new(BrokenReaders(Arc::clone(&core)));
        Stores {
            storage: Arc::new(BrokenStorage(Arc::clone(&core))),
            accounts: readers.clone(),
            history: readers.clone(),
            codes: readers.clone(),
            clients: readers.clone(),
            audit: readers.clone(),
            schedules: readers.clone(),
            runs: readers.clone(),
            mails: readers.clone(),
            registers: registers::broken(&core.sound.registers, self.defect),
            sealed: readers.clone(),
            tallies: Arc::new(BrokenTallies::new(Arc::clone(&core))),
            keys: readers.clone(),
            health: readers,
            keep: core,
        }
    }

    fn locks_whole_store(&self) -> bool {
        self.defect != Defect::ClaimsRowLocks && self.sound.locks_whole_store()
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(2)
    }
}
