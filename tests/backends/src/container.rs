use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use testcontainers::{
    ContainerAsync, GenericImage, ImageExt as _,
    bollard::{Docker, query_parameters::CreateImageOptionsBuilder},
    core::{IntoContainerPort as _, client::docker_client_instance},
    runners::AsyncRunner as _,
};
use tokio::{runtime::Runtime, time::timeout};

use crate::{
    found::{Part, Way},
    keeper::Keeper,
};

/// The image of a part, and how a container of it is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image {
    /// Names another image, `name:tag`.
    pub(crate) variable: &'static str,
    pub(crate) default: &'static str,
    pub(crate) port: u16,
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) command: &'static [&'static str],
    /// From `host:port` to an address for clients.
    pub(crate) url: fn(&str) -> String,
}

impl Image {
    fn named(&self) -> String {
        let named = std::env::var(self.variable).ok().filter(|image| !image.is_empty());
        named.unwrap_or_else(|| self.default.to_owned())
    }
}

const ENGINE_ANSWERS_WITHIN: Duration = Duration::from_secs(3);
const REGISTRY_ANSWERS_WITHIN: Duration = Duration::from_secs(3);
const PULLED_WITHIN: Duration = Duration::from_mins(10);
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A server in a container, which is removed with the value.
pub(crate) struct Container {
    pub(crate) url: String,
    pub(crate) way: Way,
    _keeper: Keeper<Running>,
}

/// The engine's client is bound to the runtime on which it connected, so both live and die together.
struct Running {
    runtime: Runtime,
    container: Option<ContainerAsync<GenericImage>>,
    address: String,
}

impl Container {
    pub(crate) async fn start<P: Part>() -> anyhow::Result<Self> {
        let image = P::IMAGE.named();
        let wanted = image.clone();
        let (keeper, address) = tokio::task::spawn_blocking(move || {
            let keeper = Keeper::start("container", move || Running::start::<P>(&wanted))?;
            let address = keeper.ask(|running| Ok(running.address.clone()))?;
            anyhow::Ok((keeper, address))
        })
        .await??;
        Ok(Self { url: (P::IMAGE.url)(&address), way: Way::Container { image, address }, _keeper: keeper })
    }
}

impl Running {
    fn start<P: Part>(image: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (container, address) = runtime.block_on(async {
            let engine = engine().await?;
            provide(&engine, image).await?;
            let container = run(&P::IMAGE, image).await.with_context(|| format!("starting a container of {image}"))?;
            let port = container.get_host_port_ipv4(P::IMAGE.port.tcp()).await?;
            let address = format!("{}:{port}", container.get_host().await?);
            let url = (P::IMAGE.url)(&address);
            // The word "ready" in the log is not waited for: images say it at different times, some of them too early.
            tokio::select! {
                answers = P::answers(&url, READY_WITHIN) => answers?,
                error = ended(&container) => return Err(error.context(format!("running a container of {image}"))),
            }
            anyhow::Ok((container, address))
        })?;
        Ok(Self { runtime, container: Some(container), address })
    }
}

async fn run(how: &Image, image: &str) -> anyhow::Result<ContainerAsync<GenericImage>> {
    let Some((name, tag)) = name_and_tag(image) else {
        bail!("{} is `{image}`, but wants the form name:tag", how.variable);
    };
    let request = GenericImage::new(name, tag).with_exposed_port(how.port.tcp()).with_cmd(how.command.iter().copied());
    let request = how.environment.iter().fold(request, |request, (name, value)| request.with_env_var(*name, *value));
    Ok(request.start().await?)
}

/// The reason why the container ended, as soon as it did.
async fn ended(container: &ContainerAsync<GenericImage>) -> anyhow::Error {
    while container.is_running().await.unwrap_or(true) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let log = container.stderr_to_vec().await.unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let last: Vec<&str> = log.trim().lines().rev().take(5).collect();
    anyhow::anyhow!("it ended: {}", last.into_iter().rev().collect::<Vec<_>>().join(" | "))
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(container) = self.container.take() {
            self.runtime.block_on(async { timeout(Duration::from_secs(20), container.rm()).await.map(drop).ok() });
        }
    }
}

/// Whether a container engine answers on this machine; the error says what was asked and what came back.
pub async fn engine_answers() -> anyhow::Result<()> {
    engine().await.map(drop)
}

async fn engine() -> anyhow::Result<Docker> {
    let engine = docker_client_instance().await.context("no container engine")?;
    match timeout(ENGINE_ANSWERS_WITHIN, engine.ping()).await {
        Ok(Ok(_)) => Ok(engine),
        Ok(Err(error)) => Err(error).context("no container engine answers"),
        Err(_) => bail!("no container engine answers within {ENGINE_ANSWERS_WITHIN:?}"),
    }
}

/// Makes sure that the engine has the image, without waiting long for a registry that is out of reach.
async fn provide(engine: &Docker, image: &str) -> anyhow::Result<()> {
    if engine.inspect_image(image).await.is_ok() {
        return Ok(());
    }
    let options = CreateImageOptionsBuilder::new().from_image(image).build();
    let mut pulling = engine.create_image(Some(options), None, None);
    let missing = || format!("image {image} is not present and cannot be pulled");
    match timeout(REGISTRY_ANSWERS_WITHIN, pulling.next()).await {
        Ok(Some(first)) => drop(first.with_context(missing)?),
        Ok(None) => {}
        Err(_) => bail!("image {image} is not present and no registry answers within {REGISTRY_ANSWERS_WITHIN:?}"),
    }
    timeout(PULLED_WITHIN, async {
        while let Some(step) = pulling.next().await {
            step.with_context(missing)?;
        }
        Ok(())
    })
    .await
    .with_context(missing)?
}

/// A colon before the last slash belongs to a registry's port.
fn name_and_tag(image: &str) -> Option<(&str, &str)> {
    image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/') && !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_name_and_a_tag() {
        assert_eq!(name_and_tag("postgres:17"), Some(("postgres", "17")));
        assert_eq!(name_and_tag("localhost:5000/a/postgres:x"), Some(("localhost:5000/a/postgres", "x")));
        assert_eq!(name_and_tag("localhost:5000/postgres"), None);
        assert_eq!(name_and_tag("postgres"), None);
    }
}
