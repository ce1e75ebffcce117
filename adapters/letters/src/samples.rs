use backstop_domain::{
    BatchId, CleanUp, CleanUpReport, Letter, Notice, Scope, SecretText, Subject, SuspensionReason, Timestamp,
    letter::{BatchLine, ClientAct, ClientChange, SecondStepChange, SecondStepNews},
};

/// Every kind of letter in every form that its templates tell apart, each with a name. What people write is in them as
/// nobody hopes that they write it.
pub fn samples() -> Vec<(&'static str, Letter)> {
    let mut samples = vec![
        ("codes", codes(None)),
        ("codes-ending", codes(Some(at(90)))),
        ("test", Letter::Test),
        ("suspended-liftable", liftable()),
        ("password_reset", password_reset()),
        ("second_step_changed-other", of_bob()),
        ("digest", Letter::Digest(held_back())),
        ("report", report(|_| ())),
        ("report-capped", report(cut_short)),
        ("report-one", report(|report| (report.removed, report.ended_at) = (1, report.started_at))),
        (
            "report-nothing",
            report(|report| *report = CleanUpReport { removed: 0, batches: Vec::new(), ..report.clone() }),
        ),
        ("report-audit", report(|report| of_lines(report, CleanUp::Audit))),
        ("report-email-log", report(|report| of_lines(report, CleanUp::EmailLog))),
    ];
    samples.extend(client_changes());
    samples.extend(notices().into_iter().map(|(name, notice)| (name, Letter::Notice(notice))));
    samples
}

/// Days after the third of March 2026.
fn at(days: i64) -> Timestamp {
    Timestamp::from_second(1_772_554_860 + days * 86_400).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn batch(number: u128) -> BatchId {
    BatchId::new(uuid::Uuid::from_u128(0x0198_a6f2_6c40_7d31_9b52_3f6f_2a10_0000 + number))
}

fn codes(expires_at: Option<Timestamp>) -> Letter {
    let code = |nth: u32| {
        let groups = ["mBHxRa", "YJuQfE", "3kTn7W", "bcWzp9", "XgUDw4"];
        SecretText::new(format!("SAMPL{}-{}", nth % 8 + 2, groups.join("-")))
    };
    Letter::Codes { batch: batch(1), made_at: at(0), expires_at, codes: (0..8).map(code).collect() }
}

fn notices() -> Vec<(&'static str, Notice)> {
    let used = |user_agent: Option<&str>, remaining| Notice::CodeUsed {
        at: at(0),
        ip: "203.0.113.7".parse().ok(),
        user_agent: user_agent.map(str::to_owned),
        remaining,
    };
    let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    vec![
        ("codes_made", Notice::CodesMade { count: 10, at: at(0), expires_at: None }),
        ("codes_made-ending", Notice::CodesMade { count: 1, at: at(0), expires_at: Some(at(90)) }),
        ("code_used", used(Some(firefox), 6)),
        ("code_used-low", used(Some("<x-name onclick=x>\r\nBcc: a@b.example"), 3)),
        ("code_used-last", Notice::CodeUsed { at: at(0), ip: None, user_agent: None, remaining: 0 }),
        ("codes_low", Notice::CodesLow { remaining: 3 }),
        ("codes_low-one", Notice::CodesLow { remaining: 1 }),
        ("none_left", Notice::NoneLeft),
        ("codes_expiring", Notice::CodesExpiring { expires_at: at(7), remaining: 7 }),
        ("suspended-failures", Notice::Suspended { at: at(0), reason: SuspensionReason::Failures }),
        ("suspended-not_me", Notice::Suspended { at: at(0), reason: SuspensionReason::NotMe }),
        ("suspended-admin", Notice::Suspended { at: at(0), reason: SuspensionReason::Admin }),
        ("ceiling_reached", Notice::CeilingReached { at: at(0) }),
        ("password_worn_out", Notice::PasswordWornOut { at: at(0) }),
        ("second_step_changed", second_step(SecondStepChange::Replaced, Some(firefox))),
        ("second_step_changed-first", second_step(SecondStepChange::SetUp, Some("<x-name>\r\nBcc: a@b.example"))),
        ("second_step_changed-reset", second_step(SecondStepChange::Removed, None)),
        ("second_step_changed-code", second_step(SecondStepChange::StoodIn, None)),
    ]
}

fn news(change: SecondStepChange, user_agent: Option<&str>) -> SecondStepNews {
    let ip = user_agent.and_then(|_| "203.0.113.7".parse().ok());
    SecondStepNews { change, at: at(0), ip, user_agent: user_agent.map(str::to_owned) }
}

fn second_step(change: SecondStepChange, user_agent: Option<&str>) -> Notice {
    Notice::SecondStepChanged(news(change, user_agent))
}

fn of_bob() -> Letter {
    Letter::SecondStepOf {
        person: "<x-name>bob@example.com\r\nBcc: a@b.example".to_owned(),
        news: news(SecondStepChange::StoodIn, Some("curl/8.0")),
    }
}

fn client_changes() -> Vec<(&'static str, Letter)> {
    let change = |act, by: Option<&str>| ClientChange {
        act,
        client: "<x-name>shop\r\nBcc: a@b.example".to_owned(),
        scopes: [Scope::CodesRead, Scope::CodesRedeem].into_iter().collect(),
        by: by.map(str::to_owned),
        at: at(0),
        ip: by.and_then(|_| "203.0.113.7".parse().ok()),
        others_end_at: None,
    };
    let of = |name, act, by| (name, Letter::ClientChanged(change(act, by)));
    let ann = Some("ann@example.com");
    let rotated = ClientChange { others_end_at: Some(at(1)), ..change(ClientAct::KeyAdded, ann) };
    vec![
        of("client_changed", ClientAct::Created, ann),
        ("client_changed-key", Letter::ClientChanged(rotated)),
        of("client_changed-key-alone", ClientAct::KeyAdded, Some("client <x-name>")),
        of("client_changed-key-revoked", ClientAct::KeyRevoked, None),
        of("client_changed-revoked", ClientAct::Revoked, ann),
    ]
}

fn password_reset() -> Letter {
    let link = "https://codes.example/auth/recovery-codes/reset/SAMPLEaB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA";
    let until = at(0).saturating_add(jiff::SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
    Letter::PasswordReset { link: SecretText::new(link.to_owned()), until }
}

fn liftable() -> Letter {
    let notice = Notice::Suspended { at: at(0), reason: SuspensionReason::Failures };
    let link = "https://codes.example/auth/recovery-codes/lift/SAMPLEaB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA";
    Letter::Linked { notice, link: SecretText::new(link.to_owned()), until: at(1) }
}

fn held_back() -> Vec<(Timestamp, Notice)> {
    let minutes = |nth: i64| at(0).saturating_add(jiff::SignedDuration::from_mins(4 * nth)).unwrap_or(Timestamp::MAX);
    (0..).zip(notices()).map(|(nth, (_, notice))| (minutes(nth), notice)).collect()
}

fn report(change: impl Fn(&mut CleanUpReport)) -> Letter {
    let names = ["user-4711", "ann@example.com", "employee 2087"];
    let lines = (2..).zip(names).filter_map(|(number, name)| {
        let number: u32 = number;
        Some(BatchLine {
            batch: batch(number.into()),
            subject: Subject::parse(name).ok()?,
            made_at: at(-400 + i64::from(number)),
            expires_at: number.is_multiple_of(2).then(|| at(-100)),
            removed_codes: 10 - number,
            left: number.saturating_sub(3),
            batch_removed: number < 4,
        })
    });
    let mut report = CleanUpReport {
        of: CleanUp::Codes,
        started_by: "schedule nightly".to_owned(),
        started_at: at(0),
        ended_at: at(0).saturating_add(jiff::SignedDuration::from_secs(64)).unwrap_or(Timestamp::MAX),
        older_than: at(-90),
        removed: 21,
        capped: false,
        batches: lines.collect(),
        more_batches: 0,
        range: None,
    };
    change(&mut report);
    Letter::Report(report)
}

fn cut_short(report: &mut CleanUpReport) {
    (report.capped, report.more_batches) = (true, 12);
    if let (Some(line), Ok(subject)) = (report.batches.last_mut(), Subject::parse("<x-name>Bob</x-name>\u{202E}")) {
        line.subject = subject;
    }
}

fn of_lines(report: &mut CleanUpReport, of: CleanUp) {
    (report.of, report.removed, report.range) = (of, 1_204, Some((at(-200), at(-91))));
    report.batches.clear();
}
