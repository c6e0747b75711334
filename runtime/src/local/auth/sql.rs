//! The SQL of Auth's requests on `auth.users`.

/// The user as Auth writes it. Nulls are left out, except within the metadata.
macro_rules! user {
    () => {
        "(jsonb_strip_nulls(jsonb_build_object( \
          'email_confirmed_at', email_confirmed_at, 'invited_at', invited_at, \
          'phone_confirmed_at', phone_confirmed_at, 'confirmed_at', confirmed_at, \
          'confirmation_sent_at', confirmation_sent_at, 'recovery_sent_at', recovery_sent_at, \
          'last_sign_in_at', last_sign_in_at, 'banned_until', banned_until, \
          'deleted_at', deleted_at)) || jsonb_build_object( \
          'id', id, 'aud', coalesce(aud, ''), 'role', coalesce(role, ''), \
          'email', coalesce(email, ''), 'phone', coalesce(phone, ''), \
          'app_metadata', coalesce(raw_app_meta_data, '{}'), \
          'user_metadata', coalesce(raw_user_meta_data, '{}'), 'identities', '[]'::jsonb, \
          'created_at', created_at, 'updated_at', updated_at, 'is_anonymous', is_anonymous \
        ))::text"
    };
}

/// `$1` the id.
pub(super) const FIND: &str = concat!("select ", user!(), " from auth.users where id = $1::uuid");

/// `$1` the limit, `$2` the offset.
pub(super) const LIST: &str = concat!(
    "select ",
    user!(),
    " from auth.users order by created_at desc, id limit $1 offset $2"
);

pub(super) const COUNT: &str = "select count(*) from auth.users";

/// `$1` the body. A password is not kept, because there is no sign-in.
pub(in crate::local) const CREATE: &str = concat!(
    "insert into auth.users (instance_id, id, aud, role, email, phone, encrypted_password, \
       email_confirmed_at, phone_confirmed_at, raw_app_meta_data, raw_user_meta_data, banned_until) \
     select '00000000-0000-0000-0000-000000000000', \
       coalesce((body ->> 'id')::uuid, gen_random_uuid()), 'authenticated', \
       coalesce(nullif(body ->> 'role', ''), 'authenticated'), \
       nullif(lower(body ->> 'email'), ''), nullif(body ->> 'phone', ''), \
       coalesce(body ->> 'password_hash', ''), \
       case when (body ->> 'email_confirm')::boolean then now() end, \
       case when (body ->> 'phone_confirm')::boolean then now() end, \
       jsonb_build_object('provider', provider, 'providers', jsonb_build_array(provider)) \
         || coalesce(body -> 'app_metadata', '{}'), \
       coalesce(body -> 'user_metadata', '{}'), \
       now() + nullif(body ->> 'ban_duration', 'none')::interval \
     from (select $1::jsonb) as given (body), \
       lateral (select case when coalesce(body ->> 'email', '') = '' then 'phone' else 'email' end) \
         as signs_in (provider) \
     returning ",
    user!()
);

/// `$1` the id, `$2` the body. Metadata is merged; a key that is null is removed.
pub(super) const UPDATE: &str = concat!(
    "update auth.users set \
       role = coalesce(nullif(body ->> 'role', ''), role), \
       email = coalesce(nullif(lower(body ->> 'email'), ''), email), \
       phone = coalesce(nullif(body ->> 'phone', ''), phone), \
       encrypted_password = coalesce(body ->> 'password_hash', encrypted_password), \
       email_confirmed_at = \
         case when (body ->> 'email_confirm')::boolean then now() else email_confirmed_at end, \
       phone_confirmed_at = \
         case when (body ->> 'phone_confirm')::boolean then now() else phone_confirmed_at end, \
       raw_app_meta_data = (coalesce(raw_app_meta_data, '{}') || app) \
         - array(select key from jsonb_each(app) where value = 'null'), \
       raw_user_meta_data = (coalesce(raw_user_meta_data, '{}') || own) \
         - array(select key from jsonb_each(own) where value = 'null'), \
       banned_until = case \
         when body ->> 'ban_duration' is null then banned_until \
         else now() + nullif(body ->> 'ban_duration', 'none')::interval end, \
       updated_at = now() \
     from (select $2::jsonb) as given (body), \
       lateral (select coalesce(body -> 'app_metadata', '{}'), coalesce(body -> 'user_metadata', '{}')) \
         as metadata (app, own) \
     where id = $1::uuid returning ",
    user!()
);

/// `$1` the id.
pub(super) const DELETE: &str = "delete from auth.users where id = $1::uuid returning id::text";

/// `$1` the id. Removes everything that identifies the user.
pub(super) const SOFT_DELETE: &str = "\
    update auth.users set deleted_at = now(), encrypted_password = '', \
      email = encode(sha256(convert_to(id || email, 'UTF8')), 'hex'), \
      phone = left(encode(sha256(convert_to(id || phone, 'UTF8')), 'hex'), 15), \
      raw_app_meta_data = '{}', raw_user_meta_data = '{}' \
    where id = $1::uuid returning id::text";
