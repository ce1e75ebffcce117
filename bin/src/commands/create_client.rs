use crate::{console, settings::Settings, wiring::Service};
use anyhow::{Result, bail};
use backstop_domain::{Actor, Scope, Scopes};
use clap::Args;
use serde_json::json;

#[derive(Args, Debug)]
pub struct Arguments {
    /// What to call the application
    name: String,
    /// What its key opens: codes:read, codes:write, codes:redeem, handoff, admin
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<String>,
    /// Print JSON: `client_id` and `key`
    #[arg(long)]
    json: bool,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Result<()> {
    let scopes = read_scopes(&arguments.scopes)?;
    let service = Service::start(settings).await?;
    let created = service.use_cases.create_client.run(&arguments.name, scopes, Actor::CommandLine).await;
    service.store.close().await;
    let created = created?;
    if arguments.json {
        console::say(json!({"client_id": created.client.id.to_string(), "key": created.key.reveal()}));
    } else {
        console::say(format_args!("Client {:?} ({})", created.client.name, created.client.id));
        console::say(format_args!("Key    {}", created.key.reveal()));
        console::say("The key is shown only this once; Backstop keeps a hash of it.");
    }
    Ok(())
}

fn read_scopes(names: &[String]) -> Result<Scopes> {
    let mut scopes = Vec::new();
    for name in names.iter().map(|n| n.trim()).filter(|n| !n.is_empty()) {
        match name.parse::<Scope>() {
            Ok(scope) => scopes.push(scope),
            Err(error) => bail!("{name:?} is no scope: {error}"),
        }
    }
    Ok(scopes.into_iter().collect())
}
