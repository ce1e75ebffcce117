use crate::{
    error::{OrFault as _, fault, has_code},
    storage::PgStorage,
};
use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use sqlx::{
    Row as _,
    migrate::{Migrate as _, MigrateError, Migration, Migrator},
    postgres::PgPoolOptions,
    query,
};

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// How long one replica waits for another that migrates.
const PATIENCE: &str = "120s";

const INSUFFICIENT_PRIVILEGE: &str = "42501";

fn name(migration: &Migration) -> String {
    format!("{:04}_{}", migration.version, migration.description.replace(' ', "_"))
}

fn newer(version: i64) -> PortError {
    let what = format!(
        "the database was made by a newer version of Backstop: it has migration {version:04}, which this one does not \
         know; start the newer version"
    );
    PortError::new(PortErrorKind::Rejected, what)
}

fn migration_fault(error: &MigrateError) -> PortError {
    match error {
        MigrateError::VersionMissing(version) => newer(*version),
        MigrateError::VersionMismatch(version) => PortError::new(
            PortErrorKind::Rejected,
            format!("migration {version:04} in the database differs from the one in this version of Backstop"),
        ),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)
            if has_code(error, INSUFFICIENT_PRIVILEGE) =>
        {
            PortError::new(
                PortErrorKind::Rejected,
                "the database role may not create tables; grant it CREATE on the schema",
            )
        }
        MigrateError::Execute(error) => fault(error),
        MigrateError::ExecuteMigration(error, version) => {
            let fault = fault(error);
            PortError::new(fault.kind(), format!("migration {version:04} failed: {fault}"))
        }
        _ => PortError::new(PortErrorKind::Rejected, "the migrations can't be run"),
    }
}

impl PgStorage {
    /// Brings the schema up to date. Of several that start at once one does it, and the others wait.
    pub async fn migrate(&self) -> PortResult<()> {
        // A session of its own: the lock is the session's, and must go with it whatever happens.
        let options = self.settings.plain().or_fault()?.options([("lock_timeout", PATIENCE)]);
        let session = PgPoolOptions::new().max_connections(1).acquire_timeout(self.settings.acquire_timeout);
        let session = session.connect_with(options).await.or_fault()?;
        let outcome = MIGRATOR.run(&session).await;
        session.close().await;
        outcome.map_err(|error| migration_fault(&error))?;
        self.fill_networks().await
    }

    /// The names of the migrations that the database lacks. One that this version does not know is an error.
    pub async fn pending_migrations(&self) -> PortResult<Vec<String>> {
        let mut connection = self.shelf.take().await.or_fault()?;
        let table = query("SELECT to_regclass($1) IS NOT NULL AS there").bind(&*MIGRATOR.table_name);
        let there = table.fetch_one(&mut *connection).await.or_fault()?.try_get("there").or_fault()?;
        let applied = if there {
            let listed = connection.list_applied_migrations(&MIGRATOR.table_name).await;
            listed.map_err(|error| migration_fault(&error))?
        } else {
            Vec::new()
        };
        connection.put_back();
        if let Some(unknown) = applied.iter().find(|applied| !MIGRATOR.version_exists(applied.version)) {
            return Err(newer(unknown.version));
        }
        let pending = |migration: &&Migration| applied.iter().all(|applied| applied.version != migration.version);
        Ok(MIGRATOR.iter().filter(pending).map(name).collect())
    }
}
