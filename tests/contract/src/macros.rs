/// One test a rule; the harness is made anew for each.
#[macro_export]
#[doc(hidden)]
macro_rules! rule_tests {
    ([$harness:expr] $($module:ident { $($rule:ident),* $(,)? })*) => {$(
        mod $module {
            #[allow(unused_imports, reason = "the harness may be named by its full path")]
            use super::*;

            $(
                #[test]
                fn $rule() {
                    $crate::run(async {
                        let harness = $harness;
                        $crate::rules::$module::$rule(&harness).await;
                    });
                }
            )*
        }
    )*};
}

macro_rules! rule_list {
    ([] $($module:ident { $($rule:ident),* $(,)? })*) => {
        &[$($(
            $crate::Rule {
                name: concat!(stringify!($module), "::", stringify!($rule)),
                run: |harness| Box::pin($crate::rules::$module::$rule(harness)),
            },
        )*)*]
    };
}

/// Makes one test for each rule of the stores. The expression must be a [`StoreHarness`](crate::StoreHarness); it may
/// await, and is evaluated once a test.
#[macro_export]
macro_rules! store_rules {
    ($harness:expr) => {
        $crate::with_store_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of queues of background work. The expression must be a
/// [`QueueHarness`](crate::QueueHarness).
#[macro_export]
macro_rules! queue_rules {
    ($harness:expr) => {
        $crate::with_queue_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of guards. The expression must be a [`GuardHarness`](crate::GuardHarness).
#[macro_export]
macro_rules! guard_rules {
    ($harness:expr) => {
        $crate::with_guard_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of caches. The expression must be a [`CacheHarness`](crate::CacheHarness).
#[macro_export]
macro_rules! cache_rules {
    ($harness:expr) => {
        $crate::with_cache_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Hasher`](backstop_application::ports::Hasher); the expression must be one.
#[macro_export]
macro_rules! hasher_rules {
    ($harness:expr) => {
        $crate::with_hasher_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`PasswordHasher`](backstop_application::ports::PasswordHasher); the expression must be
/// one.
#[macro_export]
macro_rules! password_hasher_rules {
    ($harness:expr) => {
        $crate::with_password_hasher_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Tagger`](backstop_application::ports::Tagger); the expression must be one.
#[macro_export]
macro_rules! tagger_rules {
    ($harness:expr) => {
        $crate::with_tagger_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`CodeGenerator`](backstop_application::ports::CodeGenerator); the expression must be one.
#[macro_export]
macro_rules! code_generator_rules {
    ($harness:expr) => {
        $crate::with_code_generator_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`KeyMinter`](backstop_application::ports::KeyMinter); the expression must be one.
#[macro_export]
macro_rules! key_minter_rules {
    ($harness:expr) => {
        $crate::with_key_minter_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Clock`](backstop_application::ports::Clock); the expression must be one.
#[macro_export]
macro_rules! clock_rules {
    ($harness:expr) => {
        $crate::with_clock_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`TimeSource`](backstop_application::ports::TimeSource); the expression must be one.
#[macro_export]
macro_rules! time_source_rules {
    ($harness:expr) => {
        $crate::with_time_source_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`FollowingClock`](backstop_application::ports::FollowingClock). The expression must
/// be a [`FollowingClockHarness`](crate::FollowingClockHarness).
#[macro_export]
macro_rules! following_clock_rules {
    ($harness:expr) => {
        $crate::with_following_clock_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of sessions. The expression must be a [`SessionHarness`](crate::SessionHarness).
#[macro_export]
macro_rules! session_rules {
    ($harness:expr) => {
        $crate::with_session_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`TokenMinter`](backstop_application::ports::TokenMinter); the expression must be one.
#[macro_export]
macro_rules! token_minter_rules {
    ($harness:expr) => {
        $crate::with_token_minter_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Ids`](backstop_application::ports::Ids); the expression must be one.
#[macro_export]
macro_rules! ids_rules {
    ($harness:expr) => {
        $crate::with_ids_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Sealer`](backstop_application::ports::Sealer); the expression must be one.
#[macro_export]
macro_rules! sealer_rules {
    ($harness:expr) => {
        $crate::with_sealer_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`AnswerSealer`](backstop_application::ports::AnswerSealer); the expression must be
/// one.
#[macro_export]
macro_rules! answer_sealer_rules {
    ($harness:expr) => {
        $crate::with_answer_sealer_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Authenticators`](backstop_application::ports::Authenticators); the expression must be
/// one.
#[macro_export]
macro_rules! authenticator_rules {
    ($harness:expr) => {
        $crate::with_authenticator_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`CodeWrapper`](backstop_application::ports::CodeWrapper); the expression must be one.
#[macro_export]
macro_rules! code_wrapper_rules {
    ($harness:expr) => {
        $crate::with_code_wrapper_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of vaults. The expression must be a [`VaultHarness`](crate::VaultHarness).
#[macro_export]
macro_rules! vault_rules {
    ($harness:expr) => {
        $crate::with_vault_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`Exporter`](backstop_application::ports::Exporter). The expression must be an
/// [`ExporterHarness`](crate::ExporterHarness).
#[macro_export]
macro_rules! exporter_rules {
    ($harness:expr) => {
        $crate::with_exporter_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of mailers. The expression must be a [`MailerHarness`](crate::MailerHarness).
#[macro_export]
macro_rules! mailer_rules {
    ($harness:expr) => {
        $crate::with_mailer_rules! { [$crate::rule_tests] [$harness] }
    };
}

/// Makes one test for each rule of [`LetterWriter`](backstop_application::ports::LetterWriter). The expression must be a
/// [`LetterWriterHarness`](crate::LetterWriterHarness).
#[macro_export]
macro_rules! letter_writer_rules {
    ($harness:expr) => {
        $crate::with_letter_writer_rules! { [$crate::rule_tests] [$harness] }
    };
}
