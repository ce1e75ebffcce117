use backstop_backends::axe;
use serde::Deserialize;
use serde_json::json;
use std::{fmt, fs, sync::OnceLock};

use crate::Page;

/// Something that keeps people from using a page.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// The name of the rule.
    pub rule: String,
    pub impact: Option<String>,
    pub help: String,
    /// Where, as selectors, and what is wrong there.
    pub places: Vec<(String, String)>,
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.rule, self.impact.as_deref().unwrap_or("no impact told"), self.help)?;
        for (place, why) in &self.places {
            write!(f, "\n    {place}: {}", why.replace('\n', " "))?;
        }
        Ok(())
    }
}

impl Page {
    /// What axe-core finds wrong with the page as it is now, by its rules for WCAG 2.2 AA and its best practices.
    pub async fn axe(&self) -> Vec<Violation> {
        // It waits for events, which come to no script while those of the page are switched off; these were not even
        // read then, and do not run later.
        self.let_scripts_run(true).await;
        // A page that is looked at through several views still has it from the first.
        if self.script("return typeof axe === 'object'", Vec::new()).await != json!(true) {
            self.script(judge(), Vec::new()).await;
        }
        // Where the page is scrolled to, a header that stays in sight may cover half of a button.
        self.script("scrollTo({top: 0, behavior: 'instant'})", Vec::new()).await;
        let run = self.client.execute_async(include_str!("axe.js"), Vec::new()).await;
        let found = self.sure("asking axe-core", run).await;
        self.let_scripts_run(self.view.scripts).await;
        serde_json::from_value(found.clone()).unwrap_or_else(|error| panic!("axe-core said {found}: {error}"))
    }
}

fn judge() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let axe = axe().expect("axe-core");
        fs::read_to_string(&axe.script).expect("the script of axe-core")
    })
}
