//! What an owner sees of earlier batches, page by page.

/// The newest `max_visible` batches, `per_page` on a page. Pages count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryRules {
    pub max_visible: u32,
    pub per_page: u32,
}

/// Which rows a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub offset: u32,
    pub limit: u32,
}

impl HistoryRules {
    /// The rows of page `page`; a page outside shows none.
    pub fn window(self, page: u32) -> Option<Window> {
        let offset = page.checked_sub(1)?.checked_mul(self.per_page)?;
        let limit = self.per_page.min(self.max_visible.checked_sub(offset)?);
        (limit > 0).then_some(Window { offset, limit })
    }

    /// How many of `all` batches can be seen.
    pub fn visible(self, all: u64) -> u32 {
        u32::try_from(all).unwrap_or(u32::MAX).min(self.max_visible)
    }

    /// How many pages `all` batches fill.
    pub fn pages(self, all: u64) -> u32 {
        self.visible(all).div_ceil(self.per_page.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: HistoryRules = HistoryRules { max_visible: 20, per_page: 5 };

    #[test]
    fn a_hundred_batches_with_twenty_visible_and_five_a_page_are_four_pages() {
        assert_eq!((RULES.visible(100), RULES.pages(100)), (20, 4));
        assert_eq!(RULES.window(4), Some(Window { offset: 15, limit: 5 }));
    }

    #[test]
    fn a_page_outside_shows_nothing() {
        assert_eq!(RULES.window(0), None);
        assert_eq!(RULES.window(5), None);
        assert_eq!(RULES.window(u32::MAX), None);
    }

    #[test]
    fn the_last_page_may_be_short() {
        let rules = HistoryRules { max_visible: 7, per_page: 5 };
        assert_eq!(rules.window(2), Some(Window { offset: 5, limit: 2 }));
        assert_eq!((rules.pages(6), rules.pages(0), rules.pages(u64::MAX)), (2, 0, 2));
    }
}
