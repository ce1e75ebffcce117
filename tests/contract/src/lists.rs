//! Which rules there are.

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_store_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            accounts {
                an_account_keeps_everything_it_was_given,
                text_keeps_odd_unicode,
                times_keep_microseconds,
                a_unit_sees_the_account_as_it_left_it,
                a_second_account_of_a_subject_is_refused,
                subjects_differ_by_case,
                a_second_account_of_an_email_is_refused,
                a_refused_account_is_not_inserted,
                a_refused_account_leaves_the_unit_usable,
                an_update_writes_what_it_is_for,
                an_update_writes_nothing_else,
                an_update_to_a_taken_email_writes_nothing,
                a_refused_update_leaves_the_unit_usable,
                an_update_may_keep_its_own_email,
                an_update_of_a_missing_account_is_missing,
                the_setup_is_verified_once,
                a_suspension_is_set_and_lifted,
                a_missing_account_is_neither_suspended_nor_verified,
                erasing_takes_everything_of_the_account,
                erasing_takes_nothing_of_others,
                a_missing_account_is_not_erased,
                an_erased_subject_is_free_again,
                administrators_are_held_by_one_unit_at_a_time,
                an_account_is_found_by_its_email,
            }
            batches {
                a_batch_keeps_everything_it_was_given,
                a_batch_comes_with_all_its_codes,
                a_batch_that_can_not_be_stored_leaves_nothing,
                a_second_standing_batch_is_refused,
                an_expired_or_exhausted_batch_stands_still,
                a_refused_batch_is_not_stored,
                a_refused_batch_leaves_the_unit_usable,
                a_batch_that_does_not_stand_makes_room,
                a_batch_needs_its_account,
                superseding_invalidates_live_codes,
                superseding_needs_a_standing_batch,
                invalidating_a_batch_invalidates_live_codes,
                a_batch_is_invalidated_once,
                deleting_a_batch_deletes_live_codes,
                a_revoked_batch_can_be_deleted,
                a_batch_is_deleted_once,
                a_batch_of_another_account_is_missing,
                a_batch_is_viewed_once,
                every_change_moves_the_time_of_modification,
                the_newest_batch_stays_the_newest,
            }
            passwords {
                a_password_is_kept_for_its_account,
                another_password_takes_the_place_of_the_first,
                a_missing_account_has_no_password,
                failures_of_a_password_are_counted,
                cleared_failures_of_a_password_begin_anew,
                without_a_password_no_failure_is_counted,
                a_sign_out_everywhere_is_kept_with_the_password,
                an_erased_account_takes_its_password_along,
                a_password_is_undone_with_its_unit,
            }
            second_factors {
                a_proposal_is_kept_for_its_account,
                a_missing_account_has_no_proposal,
                a_confirmed_proposal_is_the_authenticator,
                only_what_is_proposed_is_confirmed,
                a_proposal_leaves_the_authenticator_as_it_is,
                a_used_step_is_refused_again,
                a_step_of_another_secret_is_not_used,
                a_step_is_used_by_one_of_many,
                wrong_codes_of_an_authenticator_are_counted,
                without_an_authenticator_no_failure_is_counted,
                a_removed_authenticator_is_gone,
                an_erased_account_takes_its_second_factor_along,
                a_second_factor_is_undone_with_its_unit,
            }
            delivery {
                a_batch_keeps_its_delivery_digest,
                a_batch_is_delivered_once,
                a_delivery_is_remembered_when_the_batch_is_gone,
                a_batch_that_does_not_stand_is_not_delivered,
                a_suspended_account_gets_nothing,
                a_batch_of_another_account_is_not_delivered,
                a_refused_delivery_changes_nothing,
                a_refused_delivery_leaves_the_unit_usable,
                a_delivery_moves_the_time_of_modification,
                an_ended_delivery_is_gone,
                the_delivery_of_another_batch_is_not_ended,
                each_way_goes_once_for_itself,
                a_mail_that_never_went_can_go_again,
                a_failed_mail_is_noted_until_the_next_mark,
                another_mark_is_not_taken_back,
                one_of_many_delivers,
                nothing_is_delivered_after_the_end,
            }
            codes {
                a_live_code_is_won,
                a_won_code_is_counted,
                a_used_code_is_used_already,
                a_revoked_code_is_inactive,
                a_code_goes_with_its_batch,
                a_code_is_refused_from_the_expiry_instant_on,
                a_code_without_expiry_never_expires,
                a_suspended_account_uses_no_code,
                a_code_of_another_account_is_missing,
                a_lost_attempt_changes_nothing,
                a_lost_attempt_leaves_the_unit_usable,
                a_unit_sees_a_code_as_it_is,
                a_code_of_another_account_is_not_seen,
            }
            revocation {
                a_live_code_is_invalidated,
                a_live_or_invalidated_code_is_deleted,
                a_code_that_is_not_live_stays_as_it_is,
                a_code_of_another_account_is_not_revoked,
                counters_tell_where_the_codes_are,
            }
            units {
                work_becomes_visible_with_the_commit,
                a_rolled_back_unit_leaves_nothing,
                a_dropped_unit_leaves_nothing,
                a_commit_is_all_or_nothing,
                a_unit_sees_its_own_work,
                a_missing_account_can_be_locked,
                a_second_unit_of_an_account_waits_for_the_first,
                a_unit_that_waited_sees_what_the_first_did,
                units_of_other_accounts_do_not_wait,
                giving_up_on_a_lock_leaves_none_behind,
                ended_units_hold_nothing,
            }
            audit {
                an_entry_keeps_everything_it_was_given,
                an_entry_is_there_if_its_unit_commits,
                a_unit_can_append_many_entries,
                an_entry_needs_no_account,
                no_entry_is_ever_changed,
                burying_takes_the_person_out,
                burying_takes_staff_out_of_what_they_did,
                burying_reaches_entries_of_its_own_unit,
                burying_leaves_others_alone,
                burying_is_undone_with_its_unit,
                the_newest_entries_come_first,
                entries_can_be_asked_for_by_account,
            }
            history {
                the_newest_batches_come_first,
                a_page_shows_batches_as_they_are,
                without_a_window_there_is_only_the_number,
                a_history_is_one_accounts,
                pages_neither_repeat_nor_skip,
                a_batch_is_found_by_its_id,
                a_page_is_of_one_moment,
                sets_that_expire_are_listed_by_their_end,
            }
            sealed {
                what_is_sealed_is_counted_by_kind_and_key,
                a_proposal_is_not_counted_as_sealed,
                what_names_no_key_is_counted_apart,
            }
            tallies {
                what_happened_is_counted_by_quarters,
                counted_or_not_the_answer_is_the_same,
                counts_outlive_what_was_counted,
                each_quarter_is_counted_once,
                no_more_quarters_are_counted_than_asked_for,
                a_quarter_that_goes_on_is_not_counted,
                nothing_is_counted_before_the_first_quarter,
                what_clean_ups_took_counts_as_purged,
                applications_are_shown_no_counts_of_staff,
                counts_before_a_quarter_are_forgotten,
            }
            key_book {
                a_key_is_in_force_since_it_was_first_noted,
                keys_differ_by_purpose_and_id,
            }
            readers {
                subjects_are_compared_byte_for_byte,
                what_does_not_exist_is_none,
                the_state_has_the_standing_batch,
                the_state_is_of_one_moment,
                a_code_is_found_by_any_of_its_tags,
                a_tag_counts_only_with_its_key,
                a_code_of_another_account_is_not_found,
                live_codes_are_counted_by_key_and_profile,
                expired_codes_are_not_live,
            }
            clients {
                a_client_keeps_everything_it_was_given,
                an_unknown_key_is_none,
                a_name_belongs_to_one_client,
                a_taken_name_leaves_the_unit_usable,
                a_client_is_undone_with_its_unit,
                the_last_use_never_goes_back,
                a_client_is_found_by_its_name,
                another_key_opens_for_the_same_client,
                a_key_needs_its_client,
                one_key_ends_and_the_others_stay,
                all_keys_of_a_client_end,
                all_keys_besides_one_end,
                a_revoked_client_gets_no_key,
                an_end_is_never_put_off,
                a_held_key_opens_until_the_unit_has_ended,
                a_client_revoked_beside_new_keys_has_none_that_opens,
            }
            limits {
                the_last_of_many_failures_in_a_row_suspends,
                failures_change_no_suspension,
                cleared_failures_begin_anew,
                a_missing_account_fails_for_nothing,
                a_failure_is_undone_with_its_unit,
                the_wait_for_new_codes_is_kept,
                one_of_many_failures_suspends,
                the_networks_of_sign_ins_are_known,
                the_newest_time_of_a_network_stays,
                networks_that_were_long_not_used_are_forgotten,
                an_erased_account_is_known_from_nowhere,
            }
            recoveries {
                open_duties_are_those_of_all_recoveries,
                settled_duties_are_not_open,
                settling_reaches_every_recovery,
                settling_leaves_others_alone,
                settling_tells_what_was_open,
                the_networks_of_recoveries_are_known,
            }
            answers {
                a_place_is_claimed_once,
                a_claim_that_is_over_makes_room,
                one_of_many_claims,
                another_request_in_a_place_is_told,
                an_answer_is_found_until_it_is_over,
                an_answer_needs_its_claim,
                an_answer_goes_with_its_unit,
                a_place_is_given_back_by_whom_it_belongs_to,
                answers_that_are_over_are_forgotten,
            }
            taking {
                codes_that_are_over_are_taken,
                a_live_code_that_has_not_expired_stays,
                the_time_counts_from_the_end_of_a_code,
                no_more_codes_are_taken_than_asked_for,
                each_batch_is_told_once,
                taken_codes_move_the_counters,
                taking_moves_the_time_of_modification,
                a_taking_is_undone_with_its_unit,
                a_locked_account_is_not_waited_for,
                a_locked_account_is_waited_for,
                nothing_is_left_when_nothing_is_taken,
                a_marked_batch_is_taken_at_once,
                what_is_not_marked_is_not_taken_at_once,
            }
            taking_races {
                many_take_each_code_once,
                no_use_is_lost_beside_a_taking,
            }
            emptied {
                a_batch_goes_when_its_last_code_went,
                an_active_batch_stays,
                a_young_batch_stays,
                no_more_batches_are_taken_than_asked_for,
                the_history_shows_what_went,
                records_go_in_time,
                a_batch_that_stayed_goes_in_time,
                an_erased_account_leaves_no_record,
            }
            logs {
                the_oldest_entries_are_taken,
                the_oldest_mails_are_taken,
                a_taken_entry_is_back_with_its_unit,
            }
            schedules {
                a_schedule_keeps_everything_it_was_given,
                a_name_belongs_to_one_schedule,
                a_schedule_changes_from_the_revision_it_had,
                a_change_keeps_the_last_run,
                one_of_many_changes_a_schedule,
                a_removed_schedule_is_gone,
                what_was_removed_does_not_come_back,
                what_is_due_comes_in_its_order,
                what_is_due_is_held,
                one_of_many_gets_an_occurrence,
                moving_on_changes_the_times_only,
                the_ends_of_runs_are_noted,
                schedules_are_found_and_listed,
                a_schedule_goes_with_its_unit,
            }
            runs {
                a_run_keeps_everything_it_was_given,
                a_run_begins_once,
                what_chunks_did_is_added_up,
                what_was_taken_from_a_batch_is_added_up,
                batches_come_by_what_was_taken,
                the_batches_of_a_run_are_counted,
                applications_are_told_of_no_batches_of_staff,
                the_first_end_of_a_run_stays,
                the_newest_runs_come_first,
                an_unfinished_run_is_found,
                records_of_runs_are_forgotten,
                what_a_run_would_take_is_known,
                a_record_goes_with_its_unit,
            }
            links {
                a_link_leads_to_its_owner_until_it_expires,
                a_link_is_spent_once,
                a_link_is_spent_by_one_of_many,
                links_are_withdrawn_together,
                expired_links_are_forgotten,
                links_go_with_their_account,
                a_link_goes_with_its_unit,
            }
            registers {
                every_entry_comes_once_over_pages_of_any_size,
                pages_backwards_are_the_pages_forwards,
                pages_go_on_while_entries_come_and_go,
                counting_ends_where_it_is_told,
                filters_leave_what_fits,
                searches_are_exact,
                addresses_are_looked_for_by_their_keys,
                applications_see_nothing_of_staff,
                an_entry_is_found_by_its_id,
                an_entry_shows_what_was_stored,
            }
            mails {
                a_line_keeps_everything_it_was_given,
                a_task_has_one_line,
                nothing_is_noted_of_the_erased,
                the_newest_mails_come_first,
                a_waiting_mail_can_be_given_up,
                mails_of_a_batch_are_given_up_with_it,
                a_line_goes_with_its_unit,
            }
            notices {
                a_task_tells_once,
                one_of_many_tells,
                what_was_told_is_counted,
                what_is_held_back_is_given_once,
                notices_are_forgotten,
                a_notice_goes_with_its_unit,
            }
            health {
                a_working_store_says_so_in_time,
                a_busy_store_says_so_in_time,
                a_part_has_a_name,
            }
            races {
                one_code_is_won_once,
                parallel_wins_are_all_counted,
                one_of_many_batches_stands,
                generations_follow_each_other,
                one_of_many_verifies_the_setup,
                a_change_has_one_winner,
                a_batch_is_invalidated_by_one,
                a_subject_goes_to_one_of_many,
                an_email_goes_to_one_of_many,
                a_client_name_goes_to_one_of_many,
                every_win_has_its_entry,
                nothing_is_won_after_codes_are_invalidated,
                nothing_is_won_after_codes_are_deleted,
                nothing_is_won_after_a_batch_is_invalidated,
                nothing_is_won_after_a_batch_is_deleted,
                nothing_is_won_after_a_batch_is_superseded,
                nothing_is_won_after_a_suspension,
                nothing_is_won_after_an_erasure,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_guard_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            guard {
                a_slot_says_what_its_failure_means,
                a_burst_is_not_evaluated_beyond_the_budget,
                an_accepted_attempt_clears_the_pair,
                a_fault_gives_the_slot_back,
                a_refused_attempt_counts_once,
                an_attempt_that_is_never_settled_is_a_failure,
                tries_during_a_lock_prolong_it,
                the_waits_grow_from_thirty_seconds_to_five_minutes,
                the_announced_end_is_the_enforced_one,
                after_the_wait_one_try_is_let_through,
                pairs_are_counted_apart,
                an_idle_pair_is_forgotten,
                an_identifier_has_a_ceiling_over_all_networks,
                a_network_has_a_ceiling_over_all_identifiers,
                a_client_has_no_ceiling,
                a_ceiling_is_not_prolonged_by_tries,
                an_exempt_attempt_passes_the_accounts_ceiling_only,
                an_accepted_attempt_clears_no_ceiling,
                a_fault_reaches_no_ceiling,
                a_burst_does_not_pass_a_ceiling,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_cache_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            cache {
                an_entry_is_answered_byte_for_byte,
                what_was_never_put_is_not_answered,
                keys_are_compared_byte_for_byte,
                the_last_entry_of_a_key_is_answered,
                an_account_keeps_its_version,
                one_version_is_made_by_many,
                versions_are_never_made_twice,
                forgetting_kills_every_entry_of_the_account,
                forgetting_leaves_others_alone,
                forgetting_an_unknown_account_is_no_fault,
                a_late_entry_is_dead,
                a_late_entry_displaces_nothing,
                a_missing_version_is_equal_to_none,
                an_entry_dies_with_the_account_that_it_names,
                an_entry_ends_with_its_time,
                replicas_see_each_others_acts,
                a_flush_kills_what_was_computed_before_it,
                a_read_after_a_write_sees_it,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_password_hasher_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            password_hasher {
                another_password_does_not_fit,
                a_password_counts_to_its_last_byte,
                two_verifiers_of_one_password_differ,
                nothing_fits_where_there_is_no_verifier,
                a_verifier_hides_its_password,
                an_unsound_verifier_of_a_password_is_corrupt,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_hasher_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            hasher {
                there_is_one_verifier_a_code_in_order,
                two_verifiers_of_one_code_differ,
                another_code_does_not_fit,
                a_verifier_hides_its_code,
                an_unreadable_verifier_is_corrupt,
                a_verifier_that_asks_for_too_much_work_is_corrupt,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_tagger_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            tagger {
                a_code_has_one_current_tag,
                tags_differ_by_account_and_code,
                all_tags_have_the_current_one,
                a_fingerprint_stands_for_its_text,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_code_generator_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            code_generator {
                codes_are_of_their_profile,
                codes_are_distinct,
                each_symbol_is_as_likely_as_any,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_key_minter_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            key_minter {
                a_key_matches_its_digest,
                another_key_does_not_match,
                no_two_keys_are_the_same,
                a_digest_hides_its_key,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_clock_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            clock {
                the_time_is_in_whole_microseconds,
                the_time_is_one_that_a_store_can_keep,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_time_source_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            time_source {
                the_time_there_is_in_whole_microseconds,
                the_time_there_is_one_that_a_store_can_keep,
                the_time_there_is_looked_up_anew,
                time_passes_there_as_it_passes_here,
                the_source_answers_in_time,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_following_clock_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            following_clock {
                an_unmeasured_clock_shows_the_local_time,
                a_measured_clock_shows_the_time_of_its_source,
                an_answer_is_of_the_middle_of_its_question,
                the_quickest_question_counts,
                a_failed_measurement_keeps_the_last_one,
                a_correction_puts_no_time_back,
                a_clock_that_was_far_off_is_put_right,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_session_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            sessions {
                a_session_keeps_everything_it_was_given,
                a_session_is_found_by_its_own_token_only,
                the_last_use_of_a_session_never_goes_back,
                a_use_brings_no_session_back,
                a_rotated_session_is_found_by_its_next_token_only,
                a_session_that_ended_is_not_rotated,
                one_of_many_rotations_is_done,
                a_session_is_ended_by_one,
                sessions_are_listed_by_account_the_newest_first,
                one_session_is_revoked_by_its_id,
                all_sessions_of_an_account_are_revoked,
                sessions_whose_time_is_up_are_forgotten,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_token_minter_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            token_minter {
                a_token_has_the_same_digest_again,
                another_text_has_another_digest,
                a_token_is_long_and_plain,
                no_two_tokens_are_alike,
                a_digest_hides_its_token,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_ids_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            ids {
                ids_are_unique,
                ids_can_not_be_guessed,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_answer_sealer_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            answer_sealer {
                a_request_has_the_same_names_again,
                every_part_of_a_request_makes_other_names,
                names_hide_what_they_name,
                a_sealed_answer_opens_as_it_was,
                another_key_or_place_opens_no_answer,
                a_changed_answer_does_not_open,
                sealed_bytes_hide_the_answer,
                no_two_sealed_answers_are_alike,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_authenticator_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            authenticators {
                a_code_fits_its_step_and_the_ones_beside_it,
                a_code_of_another_time_or_secret_fits_nothing,
                a_secret_opens_for_its_own_account_only,
                what_does_not_open_is_a_fault_and_no_wrong_code,
                a_sealed_secret_hides_itself,
                an_address_names_site_and_person,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_code_wrapper_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            code_wrapper {
                wrapped_codes_come_back_as_they_were,
                what_was_wrapped_otherwise_does_not_open,
                wrapped_bytes_hide_the_codes,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_sealer_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            sealer {
                sealed_codes_open_as_they_were,
                another_token_opens_nothing,
                another_batch_opens_nothing,
                what_was_changed_does_not_open,
                sealed_bytes_hide_codes_and_token,
                no_two_seals_are_alike,
                a_token_matches_its_digest_only,
                no_two_tokens_are_the_same,
                a_digest_hides_its_token,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_vault_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            vault {
                what_was_put_is_found,
                an_unknown_batch_has_nothing,
                what_is_over_is_not_found,
                a_later_copy_takes_the_place_of_the_earlier,
                putting_takes_nothing_that_is_not_over,
                a_copy_can_be_put_again_when_it_is_over,
                what_is_removed_is_gone,
                removing_nothing_is_no_fault,
                batches_are_kept_apart_under_load,
                one_of_many_copies_stays_whole,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_exporter_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            exporter {
                every_code_is_in_the_file_in_order,
                a_file_says_what_it_is,
                a_file_is_in_the_readers_language_else_the_sites_else_english,
                one_code_is_not_told_in_the_plural,
                times_are_told_as_clocks_of_the_site_show_them,
                a_table_reads_alike_to_programs_everywhere,
                the_account_is_named_if_the_sheet_does,
                no_cell_is_a_formula,
                every_format_has_its_content_type,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_queue_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            tasks {
                a_task_keeps_everything_it_was_given,
                a_task_goes_with_its_unit,
                a_unit_sees_what_it_queued,
                tasks_go_by_priority_then_by_when_they_are_due,
                a_task_is_not_begun_before_its_time,
                one_task_is_claimed_by_its_id,
                no_more_are_claimed_than_asked_for,
                a_task_in_hand_is_not_claimed,
                one_of_many_claims_gets_a_task,
                one_of_many_gets_the_last_task,
                a_claim_waits_for_no_other,
                a_task_whose_lease_is_over_is_claimed_again,
                a_task_whose_attempts_are_used_up_comes_too,
                a_claim_goes_with_its_unit,
            }
            task_names {
                a_second_task_of_a_name_is_forgotten,
                other_names_and_none_are_apart,
                a_name_is_free_when_its_task_ended,
                a_task_that_comes_again_keeps_its_name,
                a_forgotten_task_takes_nothing_with_it,
                one_of_many_units_gets_a_name,
            }
            leases {
                a_renewed_lease_lasts_longer,
                a_lease_that_is_over_is_lost,
                a_lease_that_was_taken_over_is_lost,
                a_lease_of_a_task_that_is_gone_is_lost,
                nobody_takes_over_while_a_unit_holds_the_lease,
                what_is_done_without_a_lease_is_undone,
                an_attempt_ends_once,
                what_came_of_a_task_stays,
                a_task_is_tried_again_at_its_time,
                a_released_attempt_is_not_counted,
                a_task_that_was_given_up_is_kept,
                what_was_sealed_is_wiped_when_a_task_is_given_up,
            }
            task_ends {
                a_task_that_was_given_up_is_tried_again,
                only_what_was_given_up_is_tried_again,
                a_retry_takes_no_name_from_another,
                one_task_is_removed_unless_it_is_running,
                everything_of_an_account_is_removed,
                what_is_not_done_of_a_batch_is_removed,
                what_waits_of_a_schedule_is_removed,
                what_is_unfinished_of_a_schedule_is_removed,
                what_waits_of_a_kind_is_removed,
                all_that_was_given_up_is_removed,
                the_newest_that_are_done_are_kept,
            }
            task_reader {
                an_overview_counts_tasks,
                the_next_time_to_claim_is_known,
                a_task_is_shown,
                the_newest_tasks_come_first,
            }
            workforce {
                a_worker_is_as_it_last_said,
                a_worker_that_left_is_not_listed,
                workers_that_were_heard_of_are_listed,
                silent_workers_are_forgotten,
            }
            work_signal {
                who_waits_hears_of_work,
                what_was_queued_before_the_wait_is_heard_of,
                all_who_wait_hear_of_work,
                a_wait_ends_with_its_time,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_mailer_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            mailer {
                a_mail_arrives_as_it_was_sent,
                what_is_written_survives,
                a_subject_adds_no_header,
                a_mail_that_is_sent_again_has_the_same_id,
                mails_are_kept_apart_under_load,
                a_receiver_may_refuse,
                what_may_go_later_is_a_fault,
            }
        }
    };
}

/// Hands the names of these rules, by module, to another macro.
#[macro_export]
#[doc(hidden)]
macro_rules! with_letter_writer_rules {
    ([$($then:tt)*] [$($with:tt)*]) => {
        $($then)*! {
            [$($with)*]
            letter_writer {
                every_letter_names_the_site,
                a_link_is_in_both_parts,
                codes_are_there_in_order,
                a_report_says_what_was_removed,
                the_subject_is_one_line,
                the_subject_has_no_code,
                what_somebody_wrote_stays_words,
                a_page_loads_and_runs_nothing,
            }
        }
    };
}
