use super::PortResult;
use async_trait::async_trait;
use backstop_domain::Timestamp;
use core::fmt::Debug;
use uuid::Uuid;

/// A kind of thing of which there is a list: what an entry shows, by what one looks for it, and how the list is sorted.
/// What is said here of entries is what every register must do, however it does it.
pub trait Listed: Copy + Debug + Send + Sync + 'static {
    /// As addresses and cursors call the list.
    const NAME: &'static str;

    type Entry: Clone + Debug + PartialEq + Send + Sync;
    /// Each field narrows the list down.
    type Filter: Clone + Debug + Send + Sync;
    type Sort: SortColumn;

    fn id(entry: &Self::Entry) -> Uuid;

    /// What the entry is sorted by.
    fn rank(entry: &Self::Entry, sort: Self::Sort) -> Rank;

    /// Whether the entry may be shown to applications: nothing of an administrator or auditor is.
    fn is_for_clients(entry: &Self::Entry) -> bool;

    fn fits(entry: &Self::Entry, filter: &Self::Filter, now: Timestamp) -> bool;
}

/// A column that a list can be sorted by.
pub trait SortColumn: Copy + Debug + PartialEq + Send + Sync + 'static {
    const ALL: &'static [Self];

    /// As addresses call it.
    fn as_str(self) -> &'static str;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// What an entry is sorted by, in one column. Texts are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// All are alike; the ids decide.
    Alike,
    Time(Timestamp),
    Text(String),
}

impl Rank {
    /// What never happens comes after everything that does.
    pub fn of_time_or_never(time: Option<Timestamp>) -> Self {
        // Stores keep microseconds.
        let never = Timestamp::from_microsecond(Timestamp::MAX.as_microsecond()).unwrap_or(Timestamp::MAX);
        Self::Time(time.unwrap_or(never))
    }
}

/// Where an entry stands in a list: entries of one rank stand by their ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub rank: Rank,
    pub id: Uuid,
}

/// How much of a list somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Everything,
    /// What may be shown to applications.
    ForClients,
}

/// Which entries are meant.
#[derive(Clone, Debug)]
pub struct Which<L: Listed> {
    pub filter: L::Filter,
    pub sight: Sight,
    pub now: Timestamp,
}

impl<L: Listed> Which<L> {
    pub fn includes(&self, entry: &L::Entry) -> bool {
        (self.sight == Sight::Everything || L::is_for_clients(entry)) && L::fits(entry, &self.filter, self.now)
    }
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Portion<L: Listed> {
    pub which: Which<L>,
    pub sort: L::Sort,
    pub direction: Direction,
    /// From what comes after this place on, in the direction; from the beginning without it. No entry need stand there.
    pub after: Option<Place>,
    pub most: u32,
}

/// The entries of one kind, for people who look through them.
#[async_trait]
pub trait Register<L: Listed>: Send + Sync {
    /// The entries that are meant, by their ranks and then by their ids, both in the direction, at most so many.
    /// What an entry counts is counted as far as it is in sight: a run of a clean-up took nothing from sets of
    /// administrators and auditors, as far as applications can tell.
    async fn portion(&self, portion: &Portion<L>) -> PortResult<Vec<L::Entry>>;

    /// How many entries are meant; counted no further than `most`, so that it takes no longer in a large store.
    async fn count(&self, which: &Which<L>, most: u32) -> PortResult<u32>;

    /// The entry of this id, as far as it is in sight.
    async fn entry(&self, id: Uuid, sight: Sight) -> PortResult<Option<L::Entry>>;
}
