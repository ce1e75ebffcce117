use anyhow::Result;
use backstop_architecture::{guarantees, repository};
use std::path::Path;

#[test]
fn every_guarantee_names_a_test_that_exists() -> Result<()> {
    assert_eq!(guarantees::offences(&repository())?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_guarantee_without_its_test_is_reported() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/guarantees");
    let expected = [
        "there is no test nobody_wrote_this",
        "there is no test only_named_in_a_comment",
        "no test is named in: | Nobody can show this | at all |",
    ];
    assert_eq!(guarantees::offences(&root)?, expected);
    Ok(())
}
