//! The terminal: taken over, and given back as it was whatever happens.

use crossterm::{
    cursor::{Hide, Show},
    event::{Event, KeyCode, KeyEventKind, KeyModifiers},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};
use std::{
    io::{Result, Stdout, stdout},
    panic, thread,
};

/// A terminal of which all is ours until the value goes.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    // After the terminal, which shows the cursor when it goes.
    _giving_back: GivingBack,
}

impl Screen {
    pub fn enter() -> Result<Self> {
        enable_raw_mode()?;
        // Before anything else is changed, so that a fault half way leaves nothing changed either.
        let giving_back = GivingBack::with(give_back);
        execute!(stdout(), EnterAlternateScreen, Hide)?;
        Ok(Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))?, _giving_back: giving_back })
    }

    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> Result<()> {
        self.terminal.draw(draw).map(drop)
    }
}

/// A terminal that is gone can't be told anything.
fn give_back() {
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Does it when it is dropped, and in a panic of this thread before that is reported, so that the report is readable.
struct GivingBack(fn());

impl GivingBack {
    fn with(give_back: fn()) -> Self {
        let (own, report) = (thread::current().id(), panic::take_hook());
        panic::set_hook(Box::new(move |what| {
            if thread::current().id() == own {
                give_back();
            }
            report(what);
        }));
        Self(give_back)
    }
}

impl Drop for GivingBack {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Whether somebody wants to end it.
pub fn quits(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    key.kind == KeyEventKind::Press
        && match key.code {
            KeyCode::Char('q' | 'Q') => !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT),
            KeyCode::Esc => true,
            KeyCode::Char('c' | 'C') => key.modifiers.contains(KeyModifiers::CONTROL),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};
    use crossterm::event::KeyEvent;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn q_escape_and_ctrl_c_quit_and_nothing_else_does() {
        let none = KeyModifiers::NONE;
        for (code, modifiers) in [
            (KeyCode::Char('q'), none),
            (KeyCode::Char('Q'), KeyModifiers::SHIFT),
            (KeyCode::Esc, none),
            (KeyCode::Char('c'), KeyModifiers::CONTROL),
        ] {
            assert!(quits(&key(code, modifiers)), "{code:?} {modifiers:?}");
        }
        for (code, modifiers) in [
            (KeyCode::Char('c'), none),
            (KeyCode::Char('x'), none),
            (KeyCode::Enter, none),
            (KeyCode::Char('q'), KeyModifiers::ALT),
        ] {
            assert!(!quits(&key(code, modifiers)), "{code:?} {modifiers:?}");
        }
        let released = KeyEvent { kind: KeyEventKind::Release, ..KeyEvent::new(KeyCode::Char('q'), none) };
        assert!(!quits(&Event::Key(released)) && !quits(&Event::Resize(80, 24)));
    }

    #[test]
    fn the_terminal_is_given_back_in_a_panic_before_its_report() {
        static GIVEN: AtomicU32 = AtomicU32::new(0);
        static REPORTED_AFTER: AtomicU32 = AtomicU32::new(0);
        let usual = panic::take_hook();
        panic::set_hook(Box::new(|_| REPORTED_AFTER.store(GIVEN.load(Ordering::SeqCst), Ordering::SeqCst)));
        let ended = panic::catch_unwind(|| {
            let _giving_back = GivingBack::with(|| {
                GIVEN.fetch_add(1, Ordering::SeqCst);
            });
            thread::scope(|scope| scope.spawn(|| panic!("of another thread")).join()).unwrap_err();
            assert_eq!(GIVEN.load(Ordering::SeqCst), 0, "another thread's panic takes no screen away");
            panic!("on purpose");
        });
        panic::set_hook(usual);
        assert!(ended.unwrap_err().downcast_ref::<&str>().is_some_and(|why| *why == "on purpose"));
        assert_eq!(REPORTED_AFTER.load(Ordering::SeqCst), 1);
        assert_eq!(GIVEN.load(Ordering::SeqCst), 2);
    }
}
