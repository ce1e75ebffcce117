//! Codes that wait to be mailed are in no copy of the database, and neither are those that were sent or never will be.

use super::{
    KINDS, attempted, codes_mail, codes_tasks, email, has_the_codes_for, in_any_mail, made, sink, spec, spec_for,
    with_starttls,
};
use backstop_application::ports::{AnswerSealer as _, CodeWrapper as _, Opened, Sealer as _};
use backstop_backends::SmtpSink;
use backstop_crypto::{AeadAnswers, AeadSealer, AeadWrapper, SealKey, SealKeys};
use backstop_domain::{BatchId, DeliveryToken, IdempotencyKey, KeyId, Sealed, SecretText};
use backstop_e2e::{Answer, SEAL_SECRET, Search, Server, Site, dump_database};
use serde_json::json;
use uuid::Uuid;

const ADDRESS: &str = "ann@example.org";
const REQUEST: &str = "the-making-of-codes-b1f7c02e";

fn token(made: &Answer) -> &str {
    made.json["delivery_token"].as_str().unwrap()
}

/// In no piece of the database there is a code, the token, the name of the request or the server's key.
async fn is_clean(site: &Site, sets: &[&Answer]) {
    let codes: Vec<String> = sets.iter().flat_map(|made| in_any_mail(&made.codes())).collect();
    let tokens = sets.iter().map(|made| token(made));
    let secrets = codes.iter().map(String::as_str).chain(tokens).chain([REQUEST, SEAL_SECRET]);
    let (secret, public) = (Search::new(secrets), Search::new(["ann@example.org"]));
    let dump = dump_database(site.database()).await;
    for (place, bytes) in &dump {
        assert_eq!(secret.hits(bytes), [""; 0], "{place} on {}", site.kind());
    }
    // The same search finds what is meant to be there, so that it looked at the right place.
    assert!(dump.iter().any(|(_, bytes)| !public.hits(bytes).is_empty()), "{}", site.kind());
}

#[track_caller]
fn logs_are_clean(server: &Server, made: &Answer) {
    let codes = in_any_mail(&made.codes());
    let search = Search::new(codes.iter().map(String::as_str).chain([token(made)]));
    assert_eq!(search.hits(server.log().as_bytes()), [""; 0]);
}

fn keys(secret: &str) -> SealKeys {
    let id = KeyId::parse("s1").unwrap();
    let key = SealKey::new(id.clone(), SecretText::new(secret.to_owned())).unwrap();
    SealKeys::new(&id, &[key]).unwrap()
}

/// What waits opens for the one purpose, under the server's key, for its set, and in no other way.
fn opens_for_sending_only(sealed: &Sealed, made: &Answer) {
    let batch = BatchId::new(made.batch());
    let codes: Vec<SecretText> = made.codes().into_iter().map(SecretText::new).collect();
    let servers = || keys(SEAL_SECRET);
    let another = || keys(&SEAL_SECRET.replace("the same", "another"));
    assert_eq!(AeadWrapper::new(servers()).unwrap(batch, sealed).unwrap(), Some(codes));
    assert_eq!(AeadWrapper::new(another()).unwrap(batch, sealed).unwrap(), None);
    assert_eq!(AeadWrapper::new(servers()).unwrap(BatchId::new(Uuid::nil()), sealed).unwrap(), None);

    let vault = AeadSealer::new(servers());
    let held = DeliveryToken::parse(SecretText::new(token(made).to_owned())).unwrap();
    for token in [held, vault.mint().unwrap().token] {
        assert_eq!(vault.open(batch, &token, sealed).unwrap(), Opened::Shut);
    }
    let answers = AeadAnswers::new(servers());
    let key = IdempotencyKey::parse(REQUEST).unwrap();
    let names = answers.names(&key, "generate", &SecretText::new("{}".to_owned())).unwrap();
    for name in &names {
        assert_eq!(answers.open_answer(&key, name, sealed).unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_wait_to_be_mailed_are_in_no_copy_of_the_database_nor_once_they_were_sent() {
    for kind in KINDS {
        let (site, closed) = (Site::new(kind).await, SmtpSink::closed(with_starttls()).unwrap());
        let server = spec(&site, closed.address(), closed.certificate()).start().await;
        let api = site.api(&server).await;
        api.put_account("ann", &json!({"email": ADDRESS})).await.expect(201);
        let made = api.generate("ann", &json!({})).once(REQUEST).await.expect(201);
        email(&api, &made).await.expect(202);
        let task = attempted(&site, made.batch(), 1).await;
        assert_eq!(task.state, "queued", "{kind}");
        is_clean(&site, &[&made]).await;
        opens_for_sending_only(&Sealed::new(task.sealed.expect("something sealed")), &made);

        let sink = closed.open().unwrap();
        site.make_due("send_codes").await;
        let (_, mail) = codes_mail(&sink, ADDRESS).await;
        has_the_codes_for(&mail, ADDRESS, &made);
        let task = attempted(&site, made.batch(), 2).await;
        assert_eq!((task.state.as_str(), task.sealed, task.payload), ("done", None, None), "{kind}");
        is_clean(&site, &[&made]).await;
        logs_are_clean(&server, &made);
        assert!(server.stop().await.success());
        is_clean(&site, &[&made]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_quotes_the_mail_it_refuses_leaves_no_code_behind() {
    for kind in KINDS {
        let (site, sink) = (Site::new(kind).await, sink().await);
        let server = spec_for(&site, &sink).with("BACKSTOP_LOG__LEVEL", "trace").start().await;
        let api = site.api(&server).await;
        let quoting = format!("quote-{ADDRESS}");
        let made = made(&api, "ann", &quoting, &json!({"count": 2})).await;
        email(&api, &made).await.expect(202);
        let task = attempted(&site, made.batch(), 1).await;
        assert_eq!((task.state.as_str(), &task.sealed), ("failed", &None), "{kind}");
        let error = task.error.unwrap_or_default();
        assert!(error.contains("554") && error.contains("***"), "it quotes: {error}");
        is_clean(&site, &[&made]).await;
        logs_are_clean(&server, &made);
        assert!(server.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_set_wipes_the_codes_that_wait_to_be_mailed() {
    for kind in KINDS {
        let (site, closed) = (Site::new(kind).await, SmtpSink::closed(with_starttls()).unwrap());
        let server = spec(&site, closed.address(), closed.certificate()).start().await;
        let api = site.api(&server).await;
        let mut sets = vec![made(&api, "ann", ADDRESS, &json!({})).await];
        for end in ["replaced", "invalidated", "deleted"] {
            let ended = sets.last().unwrap().batch();
            email(&api, sets.last().unwrap()).await.expect(202);
            assert!(attempted(&site, ended, 1).await.sealed.is_some(), "{kind}");
            match end {
                "invalidated" => drop(api.invalidate_batch("ann", ended).await.expect(200)),
                "deleted" => drop(api.delete_batch("ann", ended).await.expect(204)),
                _ => {}
            }
            sets.push(api.generate("ann", &json!({})).await.expect(201));
            let left = codes_tasks(&site, ended).await;
            assert!(left.iter().all(|task| task.sealed.is_none() && task.state != "queued"), "{end}: {left:?}");
            is_clean(&site, &sets.iter().collect::<Vec<_>>()).await;
        }
        let last = sets.last().unwrap().batch();
        email(&api, sets.last().unwrap()).await.expect(202);
        attempted(&site, last, 1).await;
        api.erase("ann").await.expect(204);
        assert!(codes_tasks(&site, last).await.is_empty(), "{kind}");
        assert!(server.stop().await.success());
    }
}
