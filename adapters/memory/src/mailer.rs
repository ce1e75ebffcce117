use async_trait::async_trait;
use backstop_application::ports::{Mail, Mailer, PortError, PortResult, Posted};
use backstop_domain::{EmailAddress, letter::one_line};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Keeps mails instead of sending them, for tests, and fails when it is told to.
#[derive(Debug, Default)]
pub struct MemoryMailer(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<Mail>,
    next: VecDeque<Answer>,
    to: HashMap<String, Answer>,
}

#[derive(Clone, Debug)]
enum Answer {
    Refuses(String),
    IsOut,
}

impl MemoryMailer {
    pub fn new() -> Self {
        Self::default()
    }

    /// The mails that were accepted, in order.
    pub fn sent(&self) -> Vec<Mail> {
        self.state().sent.clone()
    }

    /// The next so many mails are refused with this answer.
    pub fn refuse_next(&self, mails: usize, answer: &str) {
        self.state().next.extend((0..mails).map(|_| Answer::Refuses(answer.to_owned())));
    }

    /// The next so many mails meet a fault.
    pub fn fail_next(&self, mails: usize) {
        self.state().next.extend((0..mails).map(|_| Answer::IsOut));
    }

    /// Mails to this address are refused from now on.
    pub fn refuse(&self, to: &EmailAddress, answer: &str) {
        self.state().to.insert(to.key().to_owned(), Answer::Refuses(answer.to_owned()));
    }

    /// Mails to this address meet a fault from now on.
    pub fn put_off(&self, to: &EmailAddress) {
        self.state().to.insert(to.key().to_owned(), Answer::IsOut);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> PortResult<Posted> {
        let mut state = self.state();
        let answer = state.next.pop_front().or_else(|| state.to.get(mail.to.key()).cloned());
        match answer {
            Some(Answer::Refuses(answer)) => Ok(Posted::refused(&answer)),
            Some(Answer::IsOut) => Err(PortError::unavailable("mails can't be sent for now")),
            None => {
                state.sent.push(Mail { subject: one_line(&mail.subject, usize::MAX), ..mail.clone() });
                Ok(Posted::Accepted)
            }
        }
    }
}
