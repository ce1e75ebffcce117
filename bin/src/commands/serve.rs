use crate::{
    console,
    development::{self, ADMIN_EMAIL, DEMO_CLIENT, DEMO_EMAIL},
    logging, operations,
    settings::{DatabaseSettings, MailChoice, Mode, Settings},
    signals::Signals,
    wiring::{self, Service, post},
};
use anyhow::{Context as _, Result, bail};
use backstop_domain::SecretText;
use clap::Args;
use tokio::{net::TcpListener, sync::Notify};

#[derive(Args, Debug, Default)]
pub struct Arguments {
    /// Only answer; `backstop worker` does the background work
    #[arg(long)]
    no_worker: bool,
}

pub async fn run(arguments: &Arguments, settings: Settings) -> Result<()> {
    // Kept until the end, so that every line is written.
    let _writing = logging::start(&settings.log)?;
    for warning in &settings.warnings {
        tracing::warn!(target: "backstop", "{warning}");
    }
    let service = Service::start(&settings).await?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("{} can't be listened on; set server.listen", settings.listen))?;
    let address = listener.local_addr()?;
    let operations = operations::listen(&settings).await?;
    // After whatever can fail, because a key or password that nobody was shown is lost.
    let demo = match settings.mode {
        // The client before the administrator, who would be mailed what they are told here anyway.
        Mode::Development => Demo {
            key: development::demo_client(&service).await?,
            password: development::demo_user(&service, &settings).await?,
            admin: development::first_admin(&service).await?,
        },
        Mode::Production => Demo::default(),
    };
    // Before anybody is told that the service runs and may want to stop it.
    let mut signals = Signals::listen()?;
    greet(&settings, &format!("http://{address}"), operations::address(operations.as_ref())?.as_deref(), &demo);
    let app = wiring::app(&service, &settings);
    let for_operators = app.operations();
    let asked_to_stop = Notify::new();
    let serve = backstop_http::serve(listener.into_std()?, app, asked_to_stop.notified(), settings.drain);
    tokio::pin!(serve);
    let until_stopped = async {
        tokio::select! {
            served = &mut serve => return Ok(served),
            () = signals.next() => asked_to_stop.notify_one(),
        }
        tokio::select! {
            served = &mut serve => Ok(served),
            // Whoever asks twice does not want to wait for what is in hand.
            () = signals.next() => bail!("stopped at once by a second signal"),
        }
    };
    let answering_ended = Notify::new();
    let work = async {
        if !arguments.no_worker {
            service.worker(&settings).run(answering_ended.notified()).await;
        }
    };
    // What was accepted last may have queued something that goes well at once, so that the worker ends after it.
    let answer = async {
        let served = until_stopped.await;
        answering_ended.notify_one();
        served
    };
    let (served, ()) = tokio::select! {
        ended = async { tokio::join!(answer, work) } => ended,
        // As long as there is anything to be asked about.
        ended = operations::answer(operations, for_operators) => return ended.map(|never| match never {}),
        never = service.look_after() => match never {},
    };
    let served = served?;
    service.store.close().await;
    tracing::info!(target: "backstop", "stopped");
    Ok(served?)
}

/// What this start made for a try.
#[derive(Default)]
struct Demo {
    password: Option<SecretText>,
    admin: Option<SecretText>,
    key: Option<SecretText>,
}

fn greet(settings: &Settings, at: &str, operations: Option<&str>, demo: &Demo) {
    let version = env!("CARGO_PKG_VERSION");
    if settings.mode == Mode::Production {
        let besides = operations.map(|at| format!(", and for operations at {at}")).unwrap_or_default();
        console::say(format_args!("Backstop {version} answers at {at}{besides}"));
        return;
    }
    let database = match &settings.database {
        DatabaseSettings::Sqlite(path) => path.display().to_string(),
        DatabaseSettings::Postgres { .. } => "PostgreSQL".to_owned(),
    };
    console::say(format_args!("Backstop {version}, development mode\n"));
    console::say(format_args!("  API        {at}/api/v1"));
    console::say(format_args!("  Try it at  {at}/docs"));
    console::say(format_args!("  Database   {database}"));
    if let Some(at) = operations {
        console::say(format_args!("  Operations {at}/metrics"));
    }
    if let MailChoice::Folder(folder) = &settings.mail.to {
        let folder = folder.clone().unwrap_or_else(|| post::own_folder(settings));
        console::say(format_args!("  Mail       {}", folder.display()));
    }
    greet_user(settings, at, demo);
    greet_admin(at, demo);
    match &demo.key {
        Some(key) => {
            console::say(format_args!(
                "\n  A client to try it with, {DEMO_CLIENT:?}; its key is shown only this once:"
            ));
            console::say(format_args!("  {}", key.reveal()));
        }
        None => console::say(format_args!(
            "\n  The key of the client {DEMO_CLIENT:?} was shown when it was made. For another one:\n  \
             backstop create-client NAME --scopes codes:read,codes:write,codes:redeem"
        )),
    }
    console::say("\n  Stop it with Ctrl-C.");
}

fn greet_admin(at: &str, demo: &Demo) {
    match &demo.admin {
        Some(password) => {
            console::say("\n  The console and its first administrator; their password is shown only this once:");
            console::say(format_args!("  {at}/admin\n  {ADMIN_EMAIL}\n  {}", password.reveal()));
        }
        None => console::say(format_args!(
            "\n  {ADMIN_EMAIL} signs in to the console at {at}/admin\n  Their password was shown when it was made. To begin \
             anew:\n  backstop create-admin --reset --email {ADMIN_EMAIL}"
        )),
    }
}

fn greet_user(settings: &Settings, at: &str, demo: &Demo) {
    let sign_in = format!("{at}/auth/recovery-codes/sign-in");
    match &demo.password {
        Some(password) => {
            console::say("\n  A user to try the pages with; their password is shown only this once:");
            console::say(format_args!("  {sign_in}\n  {DEMO_EMAIL}\n  {}", password.reveal()));
        }
        None if settings.application.local_passwords => console::say(format_args!(
            "\n  {DEMO_EMAIL} signs in at {sign_in}\n  Their password was shown when it was made. For another one:\n  \
             backstop set-password --email {DEMO_EMAIL}"
        )),
        None => {}
    }
}
