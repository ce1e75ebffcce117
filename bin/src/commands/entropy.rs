use crate::{console, settings::Settings};
use anyhow::{Result, bail};
use backstop_domain::{CodeProfile, profile::guesses_to_duration};
use clap::Args;
use serde_json::json;

#[derive(Args, Debug)]
pub struct Arguments {
    /// A built-in profile or one of your settings [default: all that are accepted]
    #[arg(long)]
    profile: Option<String>,
    /// How many guesses a second the guesser makes [default: 1e9, 1e12 and 1e18]
    #[arg(long, value_name = "N")]
    guesses_per_second: Option<f64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const RATES: [f64; 3] = [1e9, 1e12, 1e18];

pub fn run(arguments: &Arguments, settings: &Settings) -> Result<()> {
    let accepted = &settings.application.profiles;
    let profiles: Vec<CodeProfile> = match &arguments.profile {
        None => accepted.all().cloned().collect(),
        Some(name) => {
            let own = accepted.all().find(|p| p.name().as_str() == name).cloned();
            let Some(profile) = own.or_else(|| CodeProfile::by_name(name)) else {
                bail!("there is no profile {name:?}; take one of {}", CodeProfile::BUILT_IN.join(", "));
            };
            vec![profile]
        }
    };
    let rates = match arguments.guesses_per_second {
        Some(rate) if rate > 0.0 && rate.is_finite() => vec![rate],
        Some(_) => bail!("--guesses-per-second takes a number above 0"),
        None => RATES.to_vec(),
    };
    if arguments.json {
        let all: Vec<_> = profiles.iter().map(|profile| as_json(profile, &rates)).collect();
        console::say(serde_json::to_string_pretty(&all)?);
    } else {
        for profile in &profiles {
            print(profile, &rates);
        }
    }
    Ok(())
}

fn print(profile: &CodeProfile, rates: &[f64]) {
    let bits = profile.entropy_bits();
    console::say(format_args!(
        "{}: {} symbols of {}, {bits:.1} bits, {:.2e} codes",
        profile.name(),
        profile.length(),
        profile.alphabet().len(),
        bits.exp2()
    ));
    for rate in rates {
        console::say(format_args!("  at {rate:.0e} guesses a second: {} on average", guesses_to_duration(bits, *rate)));
    }
}

fn as_json(profile: &CodeProfile, rates: &[f64]) -> serde_json::Value {
    let bits = profile.entropy_bits();
    let times: Vec<_> = rates
        .iter()
        .map(|rate| json!({"guesses_per_second": rate, "seconds": guesses_to_duration(bits, *rate).seconds()}))
        .collect();
    json!({
        "profile": profile.name().as_str(),
        "symbols": profile.length(),
        "alphabet": profile.alphabet().len(),
        "bits": bits,
        "average_time": times,
    })
}
