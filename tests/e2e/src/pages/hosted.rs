use backstop_backends::ReadMail;
use std::fs;

use crate::{Kind, Server, ServerSpec, Site, run_with_input};

/// The limits of [`Hosted`]: nobody waits, and a few sets are several pages.
const SHORT: [(&str, &str); 6] = [
    ("BACKSTOP_ACCOUNTS__LOCAL_PASSWORDS", "true"),
    ("BACKSTOP_GUARD__MULTIPLIER", "1"),
    ("BACKSTOP_GUARD__MAX_ATTEMPTS", "2"),
    ("BACKSTOP_HISTORY__PER_PAGE", "2"),
    ("BACKSTOP_SITE__SUPPORT_CONTACT", "help@example.org"),
    // So that a server that is started later knows who is signed in.
    ("BACKSTOP_SESSION__STORE", "database"),
];

/// Somebody who has an account.
#[derive(Clone, Debug)]
pub struct User {
    pub subject: String,
    pub email: String,
    pub password: String,
}

/// A service with its pages, and a folder for its mails.
pub struct Hosted {
    pub site: Site,
    pub server: Server,
    env: Vec<(String, String)>,
}

impl Hosted {
    pub async fn start(kind: Kind, settings: &[(&str, &str)]) -> Self {
        let site = Site::new(kind).await;
        let spec = Self::spec(&site, settings);
        let server = spec.start().await;
        Self { site, server, env: spec.env }
    }

    /// A server of the site with the settings of [`Hosted`], and others over them.
    pub fn spec(site: &Site, settings: &[(&str, &str)]) -> ServerSpec {
        SHORT.iter().chain(settings).fold(site.spec(), |spec, (name, value)| spec.with(name, *value))
    }

    /// Makes an account by the command line.
    pub async fn user(&self, subject: &str) -> User {
        self.user_of_role(subject, "user").await
    }

    pub async fn user_of_role(&self, subject: &str, role: &'static str) -> User {
        let user = User {
            subject: subject.to_owned(),
            email: format!("{subject}@example.org"),
            password: "seven quiet herons fly south".to_owned(),
        };
        let (folder, env, made) = (self.site.folder().to_owned(), self.env.clone(), user.clone());
        let command = tokio::task::spawn_blocking(move || {
            let arguments = ["create-user", "--email", &made.email, "--subject", &made.subject, "--role", role];
            let arguments = [&arguments[..], &["--password-stdin"]].concat();
            run_with_input(&folder, &arguments, &env, made.password.as_bytes())
        });
        let made = command.await.expect("the command ends");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        user
    }

    /// The mails to an address with this in their subject, in no order.
    pub fn mails(&self, address: &str, subject: &str) -> Vec<ReadMail> {
        let Ok(files) = fs::read_dir(self.site.folder().join("data/mail")) else { return Vec::new() };
        files
            .map(|file| file.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .map(|path| ReadMail::parse(&fs::read(path).expect("a mail")).expect("a mail"))
            .filter(|mail| mail.to == [address] && mail.subject.contains(subject))
            .collect()
    }
}
