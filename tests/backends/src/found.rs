use std::{
    any::Any,
    fmt,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::sync::Mutex;

use crate::{
    container::{Container, Image},
    packages::Package,
    programs::{Programs, Wanted},
};

/// How long a server that runs may take to answer.
pub(crate) const ANSWERS_WITHIN: Duration = Duration::from_secs(15);

/// How a part was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    Environment { variable: &'static str },
    Container { image: String, address: String },
    LocalPrograms { programs: PathBuf, port: u16 },
    InstalledPackages { programs: PathBuf, port: u16 },
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment { variable } => write!(f, "address in the environment ({variable})"),
            Self::Container { image, address } => write!(f, "container {image} on {address}"),
            Self::LocalPrograms { programs, port } => {
                write!(f, "local programs {} on port {port}", programs.display())
            }
            Self::InstalledPackages { programs, port } => {
                write!(f, "packages installed by apt, then local programs {} on port {port}", programs.display())
            }
        }
    }
}

/// What keeps a server running: it ends when the last holder is dropped. Nothing holds a server that somebody else runs.
pub(crate) type Keep = Option<Arc<dyn Any + Send + Sync>>;

/// A server that tests may use.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) url: String,
    pub(crate) way: Way,
    pub(crate) keep: Keep,
}

/// A kind of server, with all that the ways to one differ in.
pub(crate) trait Part {
    const NAME: &'static str;
    /// Holds the address of a server that tests may use.
    const URL_ENV: &'static str;
    const IMAGE: Image;
    const PROGRAMS: Wanted;
    const PACKAGE: Package;
    type Options: Copy + Default + Send + 'static;
    type Server: Send + Sync + 'static;

    /// Starts a server from programs on this machine.
    fn start(programs: &Programs, options: Self::Options) -> anyhow::Result<Self::Server>;

    fn port(server: &Self::Server) -> u16;

    fn url(server: &Self::Server) -> String;

    /// Waits until the server at the address answers.
    async fn answers(url: &str, within: Duration) -> anyhow::Result<()>;
}

/// The server of a kind that the tests of this process use now, if one still does.
pub(crate) struct Shared(Mutex<Option<Remembered>>);

struct Remembered {
    url: String,
    way: Way,
    keep: Option<Weak<dyn Any + Send + Sync>>,
}

impl Remembered {
    fn of(found: &Found) -> Self {
        let keep = found.keep.as_ref().map(Arc::downgrade);
        Self { url: found.url.clone(), way: found.way.clone(), keep }
    }

    fn upgrade(&self) -> Option<Found> {
        let keep = match &self.keep {
            None => None,
            Some(keep) => Some(keep.upgrade()?),
        };
        Some(Found { url: self.url.clone(), way: self.way.clone(), keep })
    }
}

impl Shared {
    pub(crate) const fn new() -> Self {
        Self(Mutex::const_new(None))
    }

    pub(crate) async fn get_or_find<P: Part>(&self) -> anyhow::Result<Found> {
        let mut shared = self.0.lock().await;
        if let Some(running) = shared.as_ref().and_then(Remembered::upgrade) {
            return Ok(running);
        }
        let found = find::<P>().await?;
        *shared = Some(Remembered::of(&found));
        Ok(found)
    }
}

async fn find<P: Part>() -> anyhow::Result<Found> {
    // An address that somebody gave is meant: when it does not answer, nothing else may stand in for it.
    if let Some(url) = std::env::var(P::URL_ENV).ok().filter(|url| !url.is_empty()) {
        let answers = P::answers(&url, ANSWERS_WITHIN).await;
        answers.with_context(|| format!("the {} that {} names cannot be used", P::NAME, P::URL_ENV))?;
        return Ok(Found { url, way: Way::Environment { variable: P::URL_ENV }, keep: None });
    }
    let mut failures = vec![format!("address in the environment: {} is not set", P::URL_ENV)];
    match in_container::<P>().await {
        Ok(found) => return Ok(found),
        Err(error) => failures.push(format!("container: {error:#}")),
    }
    match by_programs::<P>(P::Options::default()).await {
        Ok((server, way)) => {
            let url = P::url(&server);
            P::answers(&url, ANSWERS_WITHIN).await?;
            return Ok(Found { url, way, keep: Some(Arc::new(server)) });
        }
        Err(error) => failures.push(format!("{error:#}")),
    }
    bail!("no {} is to be had:\n  - {}", P::NAME, failures.join("\n  - "))
}

/// Starts the part in a container, and by no other way.
pub(crate) async fn in_container<P: Part>() -> anyhow::Result<Found> {
    let container = Container::start::<P>().await?;
    let (url, way) = (container.url.clone(), container.way.clone());
    Ok(Found { url, way, keep: Some(Arc::new(container)) })
}

/// Starts the part from programs on this machine, after installing them where that is needed and possible.
pub(crate) async fn by_programs<P: Part>(options: P::Options) -> anyhow::Result<(P::Server, Way)> {
    tokio::task::spawn_blocking(move || {
        let local = match Programs::find(&P::PROGRAMS) {
            Ok(programs) => match P::start(&programs, options) {
                Ok(server) => {
                    let way = Way::LocalPrograms { programs: programs.folder, port: P::port(&server) };
                    return Ok((server, way));
                }
                // Installing the same programs again would not mend them.
                Err(error) => {
                    return Err(error.context(format!("local programs in {}", programs.folder.display())));
                }
            },
            // A folder that somebody named is meant: no other may stand in for it.
            Err(error) if P::PROGRAMS.are_named() => return Err(error.context("local programs")),
            Err(error) => error,
        };
        if let Err(error) = P::PACKAGE.install() {
            bail!("local programs: {local:#}\n  - packages: {error:#}");
        }
        let programs =
            Programs::find(&P::PROGRAMS).context("packages: installed, but without the server's programs")?;
        let server = P::start(&programs, options).context("packages: installed, but they do not start")?;
        let way = Way::InstalledPackages { programs: programs.folder, port: P::port(&server) };
        Ok((server, way))
    })
    .await?
}
