//! What templates are told.

use crate::{Site, TemplateProblem, codes, device, words::Words};
use backstop_application::ports::Reader;
use backstop_domain::{
    CleanUpReport, Letter, Notice, Scope, SecretText, Timestamp,
    letter::{BatchLine, ClientChange, SecondStepNews, SupportContact, one_line},
    schedule::Zone,
};
use core::net::IpAddr;
use minijinja::{Value, context};

const LONGEST_NAME: usize = 120;
const LONGEST_USER_AGENT: usize = 160;

/// Puts a part of a sentence into words, by the name of its file.
type Phrase<'a> = &'a dyn Fn(&str, Value) -> Result<String, TemplateProblem>;

/// What somebody wrote, as it may stand in a letter.
fn clean(text: &str, longest: usize) -> String {
    one_line(text, longest).chars().filter(|c| !codes::is_mark(*c)).collect()
}

/// The site's name as letters have it.
pub(crate) fn site_name(site: &Site) -> String {
    clean(site.name.as_str(), LONGEST_NAME)
}

pub(crate) fn site(site: &Site) -> Value {
    context! {
        name => site_name(site),
        support => site.support.as_ref().map(|contact| clean(contact.as_str(), 200)),
        support_link => site.support.as_ref().and_then(SupportContact::link),
    }
}

pub(crate) fn reader(reader: &Reader) -> Value {
    context! { name => reader.display_name.as_ref().map(|name| clean(name.as_str(), LONGEST_NAME)) }
}

pub(crate) fn letter(
    letter: &Letter,
    words: &Words,
    zone: &Zone,
    phrase: Phrase<'_>,
) -> Result<Value, TemplateProblem> {
    let facts = Facts { words, zone, phrase };
    Ok(match letter {
        Letter::Codes { batch, made_at, expires_at, codes } => context! {
            batch => batch.to_string(),
            made => facts.at(*made_at),
            expires => expires_at.map(|at| facts.at(at)),
            count => codes.len(),
        },
        Letter::Report(report) => context! { report => facts.report(report)? },
        Letter::Notice(notice) => {
            context! { notice => facts.notice(notice), link => None::<Value>, person => None::<Value> }
        }
        Letter::Linked { notice, link, until } => context! {
            notice => facts.notice(notice),
            link => facts.link(link, *until),
        },
        Letter::PasswordReset { link, until } => context! { link => facts.link(link, *until) },
        Letter::ClientChanged(change) => context! { change => facts.client_change(change) },
        Letter::SecondStepOf { person, news } => context! {
            notice => facts.notice(&Notice::SecondStepChanged(news.clone())),
            person => clean(person, LONGEST_NAME),
        },
        Letter::Digest(notices) => {
            let item = |(at, notice): &(Timestamp, Notice)| {
                let line = phrase("phrase_notice.txt", context! { notice => facts.notice(notice) })?;
                Ok(context! { at => facts.at(*at), line => line })
            };
            context! { items => notices.iter().map(item).collect::<Result<Vec<Value>, _>>()? }
        }
        Letter::Test => context! {},
    })
}

fn shown(ip: Option<IpAddr>) -> Option<String> {
    ip.map(|ip| ip.to_canonical().to_string())
}

struct Facts<'a> {
    words: &'a Words,
    zone: &'a Zone,
    phrase: Phrase<'a>,
}

impl Facts<'_> {
    fn at(&self, instant: Timestamp) -> Value {
        self.words.instant(instant, self.zone)
    }

    fn notice(&self, notice: &Notice) -> Value {
        let about = match notice {
            Notice::CodesMade { count, at, expires_at } => context! {
                count => *count, at => self.at(*at), expires => expires_at.map(|at| self.at(at)),
            },
            Notice::CodeUsed { at, ip, user_agent, remaining } => {
                context! { remaining => *remaining, ..self.origin(*at, *ip, user_agent.as_deref()) }
            }
            Notice::SecondStepChanged(SecondStepNews { change, at, ip, user_agent }) => {
                context! { change => change.as_str(), ..self.origin(*at, *ip, user_agent.as_deref()) }
            }
            Notice::CodesLow { remaining } => context! { remaining => *remaining },
            Notice::NoneLeft => context! {},
            Notice::CodesExpiring { expires_at, remaining } => {
                context! { expires => self.at(*expires_at), remaining => *remaining }
            }
            Notice::Suspended { at, reason } => context! { at => self.at(*at), reason => reason.as_str() },
            Notice::CeilingReached { at } | Notice::PasswordWornOut { at } => context! { at => self.at(*at) },
        };
        context! { kind => notice.kind().as_str(), ..about }
    }

    /// When something was done, from where, and with what.
    fn origin(&self, at: Timestamp, ip: Option<IpAddr>, user_agent: Option<&str>) -> Value {
        let device = user_agent.and_then(device::of);
        context! {
            at => self.at(at),
            ip => shown(ip),
            browser => device.map(|(browser, _)| browser),
            system => device.map(|(_, system)| self.words.name(system)),
            user_agent => user_agent.map(|text| clean(text, LONGEST_USER_AGENT)),
        }
    }

    fn link(&self, link: &SecretText, until: Timestamp) -> Value {
        context! { address => link.reveal(), until => self.at(until) }
    }

    fn client_change(&self, change: &ClientChange) -> Value {
        let scopes: Vec<&str> = change.scopes.iter().map(Scope::as_str).collect();
        context! {
            act => change.act.as_str(),
            client => clean(&change.client, LONGEST_NAME),
            scopes => scopes.join(", "),
            by => change.by.as_ref().map(|name| clean(name, LONGEST_NAME)),
            at => self.at(change.at),
            ip => shown(change.ip),
            others_end => change.others_end_at.map(|at| self.at(at)),
        }
    }

    fn report(&self, report: &CleanUpReport) -> Result<Value, TemplateProblem> {
        let took = report.started_at.duration_until(report.ended_at).as_secs().max(0);
        let about = context! {
            of => report.of.as_str(),
            removed => report.removed,
            minutes => took / 60,
            seconds => took % 60,
        };
        let phrase = |file| (self.phrase)(file, context! { report => about.clone() });
        let (area, amount, took) =
            (phrase("phrase_area.txt")?, phrase("phrase_amount.txt")?, phrase("phrase_took.txt")?);
        let batches: Vec<Value> = report.batches.iter().map(|line| self.batch(line)).collect();
        Ok(context! {
            area => area,
            amount => amount,
            took => took,
            started_by => clean(&report.started_by, LONGEST_NAME),
            started => self.at(report.started_at),
            ended => self.at(report.ended_at),
            older_than => self.at(report.older_than),
            capped => report.capped,
            batches => batches,
            more_batches => report.more_batches,
            oldest => report.range.map(|(oldest, _)| self.at(oldest)),
            newest => report.range.map(|(_, newest)| self.at(newest)),
            ..about.clone(),
        })
    }

    fn batch(&self, line: &BatchLine) -> Value {
        context! {
            batch => line.batch.to_string(),
            subject => clean(line.subject.as_str(), 255),
            made => self.at(line.made_at),
            expires => line.expires_at.map(|at| self.at(at)),
            removed => line.removed_codes,
            left => line.left,
            batch_removed => line.batch_removed,
        }
    }
}
