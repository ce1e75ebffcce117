//! The working memory of hashes, used again so that it is not faulted in anew each time.

use argon2::Block;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is kept while nobody hashes: two of the light ones. More would make an idle service large for the sake of a
/// cost at which the hash itself takes ten times as long as getting its memory.
const MOST_BLOCKS_WHEN_IDLE: usize = 8 * 1024;

pub(crate) struct MemoryPool {
    state: Mutex<State>,
    /// How many hashes run at once, hence how many pieces of memory are of use.
    at_once: usize,
}

#[derive(Default)]
struct State {
    kept: Vec<Vec<Block>>,
    leases: usize,
}

/// As long as one of these exists, memory is kept for the next hash.
pub(crate) struct Lease(Arc<MemoryPool>);

impl MemoryPool {
    pub(crate) fn new(at_once: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), at_once })
    }

    pub(crate) fn lease(self: &Arc<Self>) -> Lease {
        self.state().leases += 1;
        Lease(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    pub(crate) fn take(&self, blocks: usize) -> Vec<Block> {
        let mut state = self.0.state();
        let fitting = state.kept.iter().position(|memory| memory.len() == blocks).map(|at| state.kept.swap_remove(at));
        drop(state);
        fitting.unwrap_or_else(|| vec![Block::new(); blocks])
    }

    /// Wipes the memory: after a single pass its first blocks are a fast hash of the secret.
    pub(crate) fn put_back(&self, mut memory: Vec<Block>) {
        memory.fill(Block::new());
        // Without this the compiler could leave out the wiping of memory that is then freed.
        let memory = core::hint::black_box(memory);
        let mut state = self.0.state();
        if state.kept.len() >= self.0.at_once {
            state.kept.remove(0);
        }
        state.kept.push(memory);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.leases -= 1;
        if state.leases == 0 {
            let mut room = MOST_BLOCKS_WHEN_IDLE;
            state.kept.retain(|memory| {
                let fits = memory.len() <= room;
                if fits {
                    room -= memory.len();
                }
                fits
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(pool: &MemoryPool) -> Vec<usize> {
        pool.state().kept.iter().map(Vec::len).collect()
    }

    #[test]
    fn memory_comes_back_wiped() {
        let pool = MemoryPool::new(1);
        let lease = pool.lease();
        let mut memory = lease.take(4);
        for block in &mut memory {
            block.as_mut().fill(7);
        }
        lease.put_back(memory);
        assert_eq!(kept(&pool), [4]);
        let again = lease.take(4);
        assert!(again.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
        assert!(kept(&pool).is_empty());
    }

    #[test]
    fn no_more_is_kept_than_can_be_of_use() {
        let pool = MemoryPool::new(2);
        let lease = pool.lease();
        for blocks in [10, 20, 30] {
            lease.put_back(lease.take(blocks));
        }
        assert_eq!(kept(&pool), [20, 30]);
    }

    #[test]
    fn much_memory_goes_when_the_last_hash_has_ended() {
        let pool = MemoryPool::new(4);
        let (first, last) = (pool.lease(), pool.lease());
        let sizes = [MOST_BLOCKS_WHEN_IDLE + 1, 10, MOST_BLOCKS_WHEN_IDLE, 20];
        for blocks in sizes {
            first.put_back(vec![Block::new(); blocks]);
        }
        drop(first);
        assert_eq!(kept(&pool), sizes);
        drop(last);
        assert_eq!(kept(&pool), [10, 20]);
    }
}
