//! One file a use case: a struct of ports and one `run`.

/// Runs a unit of work again when somebody else was in its way, with the same ids and hashes, but not for ever.
macro_rules! retry_contention {
    ($attempt:expr) => {{
        let mut tries_left = 4_u8;
        loop {
            match $attempt {
                Err(fault) if tries_left > 0 && fault.kind() == $crate::ports::PortErrorKind::Contention => {
                    tries_left -= 1;
                }
                done => break done,
            }
        }
    }};
}

mod administer;
mod answers;
pub(crate) mod attempt;
mod authenticate_client;
mod caller;
mod change_password;
mod confirm_second_step;
mod create_client;
mod create_user;
pub(crate) mod deliveries;
mod destroy_delivery;
mod download_batch;
mod email_batch;
mod end_session;
mod end_sessions_of_account;
mod enter_console;
mod erase_account;
mod find_stranded_codes;
mod find_stranded_seals;
mod flush_tasks;
mod forget_answers;
mod forget_sessions;
mod form_tokens;
pub(crate) mod gate;
mod generate_batch;
mod generated;
mod has_password;
pub(crate) mod holders;
mod lift_by_link;
mod lift_suspension;
mod limits_reached;
mod list_sessions;
mod listing;
mod mail_to_administrators;
mod mark_viewed;
mod named;
mod notices;
mod open_session;
mod overview;
mod pass_second_step;
pub(crate) mod passwords;
mod prove_again;
mod redeem_code;
mod register_account;
mod reset_password;
mod resume_session;
mod revoke_batch;
mod revoke_code;
mod rotate_session;
mod second_step;
mod sessions;
mod set_password;
mod set_up_second_step;
mod show_account;
mod show_history;
mod sign_in_with_code;
mod sign_in_with_password;
mod trail;
mod verify_setup;
mod watch_work;
mod work;

pub use administer::{
    Administrator, ClientError, EndSessions, ManageClients, ManageTasks, NewKey, RemoveBatch, ReviseCodes, RevisedCode,
    SendPasswordReset, SendPasswordResetError, SuspendAccount, TaskChange,
};
pub use answers::{Answered, RepeatError};
pub use attempt::{AttemptError, CodeRequest};
pub use authenticate_client::AuthenticateClient;
pub use caller::{Caller, EndUser};
pub use change_password::{ChangePassword, ChangePasswordError, PasswordChange};
pub use confirm_second_step::{ConfirmSecondStep, Confirmation};
pub use create_client::{CreateClient, CreateClientError, CreatedClient};
pub use create_user::{CreateUser, CreateUserError, NewUser};
pub use destroy_delivery::DestroyDelivery;
pub use download_batch::{Download, DownloadBatch, DownloadError, DownloadRequest};
pub use email_batch::{EmailBatch, EmailError, EmailRequest, Emailed};
pub use end_session::EndSession;
pub use end_sessions_of_account::EndSessionsOfAccount;
pub use enter_console::{EnterConsole, Entered};
pub use erase_account::EraseAccount;
pub use find_stranded_codes::{FindStrandedCodes, Stranded};
pub use find_stranded_seals::{FindStrandedSeals, StrandedSeals};
pub use flush_tasks::{Flush, FlushTasks};
pub use forget_answers::ForgetAnswers;
pub use forget_sessions::ForgetSessions;
pub use form_tokens::FormTokens;
pub use gate::Whom;
pub use generate_batch::{After, GenerateBatch, GenerateError, GenerateRequest};
pub use generated::Generated;
pub use has_password::HasPassword;
pub use lift_by_link::{LiftByLink, LiftLink};
pub use lift_suspension::LiftSuspension;
pub use list_sessions::ListSessions;
pub use listing::{
    ExportAudit, ListEntries, ListError, ListRequest, ListSessionsOf, Page, PageSize, RunWithLines, ShowEntry, ShowRun,
    Total, Viewer,
};
pub use mark_viewed::MarkViewed;
pub use named::Named;
pub use open_session::{OpenSession, OpenSessionError, SignIn};
pub use overview::{AccountCounts, PrepareOverview, QueueCounts, ServiceOverview, ShowOverview, Warning, WarningKind};
pub use pass_second_step::{PassSecondStep, SecondStepProof};
pub use passwords::PasswordError;
pub use prove_again::{Proof, ProveAgain};
pub use redeem_code::{RedeemCode, Redeemed};
pub use register_account::{AccountChanges, Patch, RegisterAccount, RegisterError, Registered, Registration};
pub use reset_password::{PasswordReset, ResetLink, ResetPassword, ResetPasswordError};
pub use resume_session::ResumeSession;
pub use revoke_batch::RevokeBatch;
pub use revoke_code::{RevokeCode, RevokedCode};
pub use rotate_session::RotateSession;
pub use second_step::SecondStepError;
pub use sessions::{Opened, Resumed};
pub use set_password::{PasswordSet, SetPassword, SetPasswordError};
pub use set_up_second_step::SetUpSecondStep;
pub use show_account::{AccountView, ShowAccount};
pub use show_history::{HistoryView, ShowHistory};
pub use sign_in_with_code::{CodeSignIn, CodeSignedIn, SignInWithCode};
pub use sign_in_with_password::{PasswordSignIn, SignInWithPassword};
pub use verify_setup::{VerifySetup, VerifySetupError};
pub use watch_work::{WatchWork, Work};
pub use work::{
    Author, CleanUpOrder, DoTasks, FireSchedules, ManageSchedules, Planned, Progress, Prospect, Ran, RunCleanUp,
    ScheduleError, TaskOutcome,
};

use crate::ports::PortError;
use thiserror::Error;

/// What goes wrong with an act on an account or batch that is named, not guessed.
#[derive(Debug, Error)]
pub enum ActError {
    /// There is none, or the caller may not see it.
    #[error("there is no such account or set of codes")]
    NotFound,
    #[error("nobody does this to their own account; another administrator has to")]
    Oneself,
    #[error("an administrator suspended the account; an administrator has to lift it")]
    ByAdministrator,
    #[error(transparent)]
    Fault(#[from] PortError),
}
