-- A person who comes from another relying party keeps the user handle their authenticators return: 1 to 64 bytes
-- (WebAuthn L3 §5.4.3). Handles made here stay 32 random bytes.
alter table subject drop constraint subject_user_handle_check;
alter table subject add constraint subject_user_handle_check check (octet_length(user_handle) between 1 and 64);
grant update (user_handle) on subject to cs_enrollment;
