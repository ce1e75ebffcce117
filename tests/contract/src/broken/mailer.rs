use super::defects;
use crate::{Arrived, MailerHarness, Mailers};
use ::core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use async_trait::async_trait;
use backstop_application::ports::{Mail, Mailer, PortError, PortResult, Posted};
use backstop_domain::{EmailAddress, MessageId, SecretText};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

defects! {
    /// What is wrong with a mailer.
    MailerDefect {
        LosesTheText,
        MakesASecondReceiver,
        KeepsAsciiOnly,
        EatsLoneDots,
        TrustsSubjects,
        MakesNewIds,
        SendsOnce,
        MixesMails,
        AcceptsAnything,
        RefusalsRepeatTheMail,
        RefusalsAreTold,
        RefusalsAreFaults,
        FaultsAreRefusals,
        FaultsRepeatTheMail,
        FaultsStay,
    }
}

/// A sound mailer with one defect.
pub struct BrokenMailers {
    sound: Arc<dyn MailerHarness>,
    defect: MailerDefect,
}

impl BrokenMailers {
    pub fn new(sound: Arc<dyn MailerHarness>, defect: MailerDefect) -> Self {
        Self { sound, defect }
    }
}

struct BrokenMailer {
    sound: Mailers,
    defect: MailerDefect,
    calls: AtomicU64,
    is_out: AtomicBool,
    seen: Mutex<Vec<Mail>>,
}

fn changed(text: &SecretText, change: impl Fn(&str) -> String) -> SecretText {
    SecretText::new(change(text.reveal()))
}

fn without_dots(text: &str) -> String {
    text.lines().map(|line| line.strip_prefix('.').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

impl BrokenMailer {
    fn spoil(&self, mail: &mut Mail, earlier: Option<&Mail>) {
        match self.defect {
            MailerDefect::LosesTheText => mail.text = mail.html.clone(),
            MailerDefect::KeepsAsciiOnly => mail.text = changed(&mail.text, plain),
            MailerDefect::EatsLoneDots => mail.text = changed(&mail.text, without_dots),
            MailerDefect::MakesNewIds => {
                let call = self.calls.fetch_add(1, Ordering::Relaxed);
                mail.id = MessageId::new(Uuid::from_u128(call.into()), "broken.example");
            }
            MailerDefect::MixesMails => {
                if let Some(earlier) = earlier {
                    mail.text = earlier.text.clone();
                }
            }
            _ => {}
        }
    }
}

#[async_trait]
impl Mailer for BrokenMailer {
    async fn send(&self, mail: &Mail) -> PortResult<Posted> {
        let (earlier, is_known) = {
            let mut seen = self.seen.lock().unwrap();
            let known = (seen.last().cloned(), seen.iter().any(|seen| seen.id == mail.id));
            seen.push(mail.clone());
            known
        };
        if is_known && self.defect == MailerDefect::SendsOnce {
            return Ok(Posted::Accepted);
        }
        if self.is_out.load(Ordering::Relaxed) {
            return Err(PortError::unavailable("it is still out"));
        }
        let mut spoilt = mail.clone();
        self.spoil(&mut spoilt, earlier.as_ref());
        let posted = self.sound.mailer.send(&spoilt).await;
        match (self.defect, posted) {
            (MailerDefect::AcceptsAnything, _) => Ok(Posted::Accepted),
            (MailerDefect::RefusalsRepeatTheMail, Ok(Posted::Refused(_))) => {
                Ok(Posted::refused(&format!("550 not this: {}", mail.text.reveal())))
            }
            (MailerDefect::RefusalsAreTold, Ok(Posted::Refused(answer))) => {
                Ok(Posted::Refused(format!("{answer}\r\n").repeat(50)))
            }
            (MailerDefect::RefusalsAreFaults, Ok(Posted::Refused(answer))) => Err(PortError::unavailable(answer)),
            (MailerDefect::FaultsAreRefusals, Err(fault)) => Ok(Posted::refused(&fault.to_string())),
            (MailerDefect::FaultsRepeatTheMail, Err(fault)) => Err(fault.because(mail.text.reveal().to_owned())),
            (MailerDefect::FaultsStay, Err(fault)) => {
                self.is_out.store(true, Ordering::Relaxed);
                Err(fault)
            }
            (_, posted) => posted,
        }
    }
}

#[async_trait]
impl MailerHarness for BrokenMailers {
    async fn fresh(&self) -> Mailers {
        let mailer = Arc::new(BrokenMailer {
            sound: self.sound.fresh().await,
            defect: self.defect,
            calls: AtomicU64::new(0),
            is_out: AtomicBool::new(false),
            seen: Mutex::default(),
        });
        Mailers { mailer: mailer.clone(), keep: mailer }
    }

    async fn arrived(&self, mailers: &Mailers) -> Vec<Arrived> {
        let broken = of(mailers);
        let mut arrived = self.sound.arrived(&broken.sound).await;
        let seen = broken.seen.lock().unwrap();
        for arrived in &mut arrived {
            if self.defect == MailerDefect::MakesASecondReceiver {
                arrived.to.push("archive@example.com".to_owned());
            }
            let sent = seen.iter().find(|mail| mail.id.as_str() == arrived.id);
            // What a writer of headers makes of a subject that it trusts.
            if let (MailerDefect::TrustsSubjects, Some(mail)) = (self.defect, sent) {
                let more = mail.subject.split(['\r', '\n']).skip(1).filter_map(|line| line.split_once(':'));
                arrived.headers.extend(more.map(|(name, _)| name.to_owned()));
            }
        }
        arrived
    }

    async fn refusing(&self, mailers: &Mailers) -> Vec<EmailAddress> {
        self.sound.refusing(&of(mailers).sound).await
    }

    async fn putting_off(&self, mailers: &Mailers) -> Vec<EmailAddress> {
        self.sound.putting_off(&of(mailers).sound).await
    }
}

fn of(mailers: &Mailers) -> &BrokenMailer {
    mailers.keep.downcast_ref().unwrap()
}
