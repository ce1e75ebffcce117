use std::{
    ffi::{OsStr, OsString},
    fmt,
    process::{ExitStatus, Stdio},
};

use anyhow::Context as _;
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

/// Which tests are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Everything,
    /// What uses PostgreSQL or Redis.
    Containers,
    /// The contracts of the adapters for PostgreSQL and Redis.
    Contract,
}

impl Scope {
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Everything => &[],
            Self::Containers => &["backstop-backends", "backstop-postgres", "backstop-redis", "backstop-e2e"],
            Self::Contract => &["backstop-postgres", "backstop-redis"],
        }
    }
}

/// Tests in the scope's packages that use neither PostgreSQL nor Redis, and take long.
fn self_contained(scope: Scope) -> Option<&'static str> {
    (scope == Scope::Containers).then_some("binary(browser) and not test(postgres)")
}

/// What runs the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    Nextest,
    Cargo,
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nextest => "cargo nextest",
            Self::Cargo => "cargo test",
        })
    }
}

impl Runner {
    pub(crate) async fn installed() -> Self {
        let answer = cargo()
            .args(["nextest", "--version"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await;
        if answer.is_ok_and(|status| status.success()) { Self::Nextest } else { Self::Cargo }
    }

    /// Runs the tests and answers with the runner's exit code.
    pub(crate) async fn run(
        self,
        scope: Scope,
        extra: &[OsString],
        environment: impl IntoIterator<Item = (&'static str, OsString)>,
    ) -> anyhow::Result<u8> {
        // Before the child starts: a signal in between would end this process and leave the child.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut child = cargo()
            .args(self.arguments(scope, extra))
            .envs(environment)
            .spawn()
            .with_context(|| format!("starting {self}"))?;
        loop {
            tokio::select! {
                status = child.wait() => return Ok(code(status?)),
                // The terminal sends this one to the child too; what was started here must outlive it.
                _ = interrupt.recv() => {}
                _ = terminate.recv() => pass_on_termination(&child).await?,
            }
        }
    }

    fn arguments(self, scope: Scope, extra: &[OsString]) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = match self {
            Self::Nextest => vec!["nextest".into(), "run".into()],
            Self::Cargo => ["test", "--no-fail-fast", "--lib", "--bins", "--tests"].map(OsString::from).to_vec(),
        };
        // Chosen by filter where that is possible: choosing by package would build with other features, once more.
        match (self, scope.packages()) {
            _ if extra.iter().any(|argument| names_packages(argument)) => {}
            (_, []) => arguments.push("--workspace".into()),
            (Self::Nextest, packages) => {
                let filter: Vec<String> = packages.iter().map(|package| format!("package({package})")).collect();
                let filter = filter.join(" or ");
                let filter = match self_contained(scope) {
                    Some(others) => format!("({filter}) and not ({others})"),
                    None => filter,
                };
                arguments.extend(["--workspace".into(), "-E".into(), filter.into()]);
            }
            (Self::Cargo, packages) => {
                arguments.extend(packages.iter().flat_map(|package| ["-p".into(), OsString::from(package)]));
            }
        }
        arguments.extend_from_slice(extra);
        arguments
    }
}

fn names_packages(argument: &OsStr) -> bool {
    let argument = argument.to_string_lossy();
    argument.starts_with("-p") || argument == "--package" || argument.starts_with("--package=")
}

fn cargo() -> Command {
    backstop_backends::cargo().into()
}

async fn pass_on_termination(child: &Child) -> anyhow::Result<()> {
    if let Some(process) = child.id() {
        Command::new("kill").args(["-TERM", &process.to_string()]).status().await?;
    }
    Ok(())
}

fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(runner: Runner, scope: Scope, extra: &[&str]) -> String {
        let extra: Vec<OsString> = extra.iter().map(OsString::from).collect();
        runner.arguments(scope, &extra).join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn everything_is_the_workspace() {
        assert_eq!(spoken(Runner::Nextest, Scope::Everything, &[]), "nextest run --workspace");
        assert_eq!(
            spoken(Runner::Cargo, Scope::Everything, &[]),
            "test --no-fail-fast --lib --bins --tests --workspace"
        );
    }

    #[test]
    fn a_named_package_narrows_every_scope() {
        for named in [&["-p", "backstop-domain"][..], &["--package=backstop-domain"]] {
            for scope in [Scope::Everything, Scope::Containers] {
                let said = spoken(Runner::Nextest, scope, named);
                assert_eq!(said, format!("nextest run {}", named.join(" ")));
            }
        }
        assert_eq!(spoken(Runner::Nextest, Scope::Everything, &["redeem"]), "nextest run --workspace redeem");
    }

    #[test]
    fn the_contract_is_chosen_by_filter_or_package() {
        assert_eq!(
            spoken(Runner::Nextest, Scope::Contract, &[]),
            "nextest run --workspace -E package(backstop-postgres) or package(backstop-redis)"
        );
        assert_eq!(
            spoken(Runner::Cargo, Scope::Contract, &[]),
            "test --no-fail-fast --lib --bins --tests -p backstop-postgres -p backstop-redis"
        );
    }

    #[test]
    fn containers_run_what_uses_them() {
        let said = spoken(Runner::Nextest, Scope::Containers, &[]);
        assert!(said.ends_with("or package(backstop-e2e)) and not (binary(browser) and not test(postgres))"), "{said}");
    }

    #[test]
    fn a_signal_counts_as_failure() {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(code(ExitStatus::from_raw(9)), 1);
        assert_eq!(code(ExitStatus::from_raw(100 << 8)), 100);
        assert_eq!(code(ExitStatus::from_raw(0)), 0);
    }
}
