use crate::console;
use anyhow::Result;
use clap::Args;

#[derive(Args, Debug)]
pub struct Arguments {
    /// How many characters; at least 32
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(32..=1024))]
    length: u16,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    console::say(backstop_crypto::generate_key(usize::from(arguments.length))?.reveal());
    Ok(())
}
