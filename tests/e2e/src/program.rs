use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The service in one of its two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// As it is shipped.
    Plain,
    /// With points at which a test can hold or kill it.
    WithFaultPoints,
}

/// What a command wrote, and its exit code.
#[derive(Clone, Debug)]
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    pub fn path(self) -> PathBuf {
        let binaries = backstop_backends::binaries().expect("the service, built for tests");
        match self {
            Self::Plain => binaries.plain.clone(),
            Self::WithFaultPoints => binaries.faults.clone(),
        }
    }

    /// The program in a folder, with none of the settings that the test itself was started with.
    pub fn command(self, folder: &Path, environment: &[(String, String)]) -> Command {
        let mut command = Command::new(self.path());
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| name.to_string_lossy().starts_with("BACKSTOP_")) {
            command.env_remove(name);
        }
        command.current_dir(folder).envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }
}

/// Runs a command of the shipped program to its end, with this on its standard input.
pub fn run_with_input(folder: &Path, arguments: &[&str], environment: &[(String, String)], input: &[u8]) -> Output {
    let mut command = Program::Plain.command(folder, environment);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the program starts");
    // One that reads nothing closes its end.
    process.stdin.take().expect("a pipe").write_all(input).ok();
    told(&process.wait_with_output().expect("the program ends"))
}

/// Runs a command of the shipped program to its end.
pub fn run(folder: &Path, arguments: &[&str], environment: &[(String, String)]) -> Output {
    told(&Program::Plain.command(folder, environment).args(arguments).output().expect("the program starts"))
}

fn told(output: &std::process::Output) -> Output {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes text");
    Output { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}
