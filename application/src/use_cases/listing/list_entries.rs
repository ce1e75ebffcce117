use super::{Viewer, cursor::Cursor};
use crate::{
    Ports,
    ports::{Clock, Direction, Listed, Place, PortError, Portion, Register, Sight, Tagger, Which},
};
use std::sync::Arc;
use thiserror::Error;

/// How many entries a page has at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    pub const MOST: u32 = 200;
    pub const USUAL: Self = Self(50);

    /// `None` unless it is between 1 and [`Self::MOST`].
    pub fn new(size: u32) -> Option<Self> {
        (1..=Self::MOST).contains(&size).then_some(Self(size))
    }

    pub const fn get(self) -> u32 {
        self.0
    }
}

/// What of a list is asked for.
#[derive(Clone, Debug)]
pub struct ListRequest<L: Listed> {
    pub filter: L::Filter,
    pub sort: L::Sort,
    pub direction: Direction,
    pub size: PageSize,
    /// As another page gave it; without it the list begins.
    pub cursor: Option<String>,
}

/// How many entries there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    Exactly(u32),
    /// They were not counted any further.
    AtLeast(u32),
}

impl Total {
    /// Up to here they are counted.
    pub const COUNTED: u32 = 10_000;

    /// What counting to one above [`Self::COUNTED`] found.
    pub(crate) const fn of_counted(counted: u32) -> Self {
        if counted > Self::COUNTED { Self::AtLeast(Self::COUNTED) } else { Self::Exactly(counted) }
    }

    pub const fn number(self) -> u32 {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) => number,
        }
    }
}

/// Some of a list, in its order.
#[derive(Clone, Debug)]
pub struct Page<L: Listed> {
    pub entries: Vec<L::Entry>,
    /// Of the pages after and before; `None` where the list ends. A page that is empty leads nowhere.
    pub next: Option<String>,
    pub previous: Option<String>,
    pub total: Total,
}

#[derive(Debug, Error)]
pub enum ListError {
    /// It was made for another list, order or filter, or is not one of ours.
    #[error("the cursor is not one of this list in this order with these filters")]
    Cursor,
    #[error(transparent)]
    Fault(#[from] PortError),
}

/// Looks through a list.
pub struct ListEntries<L: Listed> {
    register: Arc<dyn Register<L>>,
    tagger: Arc<dyn Tagger>,
    clock: Arc<dyn Clock>,
}

impl<L: Listed> ListEntries<L> {
    pub(crate) fn new(register: &Arc<dyn Register<L>>, ports: &Ports) -> Self {
        Self { register: Arc::clone(register), tagger: Arc::clone(&ports.tagger), clock: Arc::clone(&ports.clock) }
    }

    pub async fn run(&self, viewer: Viewer, request: &ListRequest<L>) -> Result<Page<L>, ListError> {
        let sight = viewer.sight();
        let cursor = self.cursor(request, sight)?;
        let which = Which { filter: request.filter.clone(), sight, now: self.clock.now() };
        let counted = self.register.count(&which, Total::COUNTED + 1).await?;
        let total = Total::of_counted(counted);
        let back = cursor.as_ref().is_some_and(|cursor| cursor.back);
        let from_within = cursor.is_some();
        let portion = Portion {
            which,
            sort: request.sort,
            direction: if back { request.direction.reversed() } else { request.direction },
            after: cursor.map(|cursor| cursor.place),
            // One more tells whether the list goes on.
            most: request.size.get() + 1,
        };
        let mut entries = self.register.portion(&portion).await?;
        let size = usize::try_from(request.size.get()).unwrap_or(usize::MAX);
        let goes_on = entries.len() > size;
        entries.truncate(size);
        if back {
            entries.reverse();
        }
        let (more_before, more_after) = if back { (goes_on, true) } else { (from_within, goes_on) };
        let leads = |entry: Option<&L::Entry>, back| {
            let place = Place { rank: L::rank(entry?, request.sort), id: L::id(entry?) };
            Some(Cursor { back, place }.seal(&*self.tagger, request, sight))
        };
        Ok(Page {
            next: leads(entries.last().filter(|_| more_after), false),
            previous: leads(entries.first().filter(|_| more_before), true),
            entries,
            total,
        })
    }

    fn cursor(&self, request: &ListRequest<L>, sight: Sight) -> Result<Option<Cursor>, ListError> {
        let open = |text| Cursor::open(text, &*self.tagger, request, sight).ok_or(ListError::Cursor);
        request.cursor.as_deref().map(open).transpose()
    }
}
