use anyhow::Result;
use backstop_architecture::{arrows, repository};
use std::path::{Path, PathBuf};

/// A workspace in which every arrow is broken once.
fn broken() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/broken-arrows")
}

#[test]
fn the_arrows_point_inwards() -> Result<()> {
    assert_eq!(arrows::offences(&repository())?, Vec::<String>::new());
    Ok(())
}

#[test]
fn every_broken_arrow_is_reported() -> Result<()> {
    let expected = [
        // A runtime in the domain, added by hand.
        "backstop-domain names tokio, which is not on its list",
        "backstop-domain has tokio below it",
        // A driver in the application, by way of something that is allowed.
        "backstop-application has sqlx below it",
        "backstop-application has tokio below it",
        "the adapter backstop-http sees backstop-sqlite",
        "the service has backstop-contract in it",
        "the service has backstop-faults in it",
    ];
    assert_eq!(arrows::offences(&broken())?, expected);
    Ok(())
}

#[test]
fn fault_points_are_in_no_shipped_build() -> Result<()> {
    assert_eq!(arrows::shipped(&repository(), &[])?, Vec::<String>::new());
    let with = arrows::shipped(&repository(), &["fault-points"])?;
    assert_eq!(with, ["the service has backstop-faults in it"], "the check does not see them even where they are");
    Ok(())
}
