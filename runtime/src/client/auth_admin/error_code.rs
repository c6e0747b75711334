//! [`AuthErrorCode`]: why Supabase Auth refused.

use std::fmt;

macro_rules! codes {
    ($($code:ident = $text:literal;)+) => {
        /// Why Supabase Auth refused: the codes that supabase-js 2.119 lists, explained at
        /// <https://supabase.com/docs/guides/auth/debugging/error-codes>. From
        /// [`ClientError::auth_code`](crate::client::ClientError::auth_code).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum AuthErrorCode {
            $(
                #[doc = concat!("`", $text, "`")]
                $code,
            )+
            /// A code that this version does not name.
            Other(Box<str>),
        }

        impl AuthErrorCode {
            /// Returns the code as Auth writes it, such as `user_not_found`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$code => $text,)+
                    Self::Other(code) => code,
                }
            }
        }

        impl From<&str> for AuthErrorCode {
            fn from(code: &str) -> Self {
                match code {
                    $($text => Self::$code,)+
                    other => Self::Other(other.into()),
                }
            }
        }
    };
}

codes! {
    UnexpectedFailure = "unexpected_failure";
    ValidationFailed = "validation_failed";
    BadJson = "bad_json";
    EmailExists = "email_exists";
    PhoneExists = "phone_exists";
    BadJwt = "bad_jwt";
    NotAdmin = "not_admin";
    NoAuthorization = "no_authorization";
    UserNotFound = "user_not_found";
    SessionNotFound = "session_not_found";
    SessionExpired = "session_expired";
    RefreshTokenNotFound = "refresh_token_not_found";
    RefreshTokenAlreadyUsed = "refresh_token_already_used";
    FlowStateNotFound = "flow_state_not_found";
    FlowStateExpired = "flow_state_expired";
    SignupDisabled = "signup_disabled";
    UserBanned = "user_banned";
    ProviderEmailNeedsVerification = "provider_email_needs_verification";
    InviteNotFound = "invite_not_found";
    BadOauthState = "bad_oauth_state";
    BadOauthCallback = "bad_oauth_callback";
    OauthProviderNotSupported = "oauth_provider_not_supported";
    UnexpectedAudience = "unexpected_audience";
    SingleIdentityNotDeletable = "single_identity_not_deletable";
    EmailConflictIdentityNotDeletable = "email_conflict_identity_not_deletable";
    IdentityAlreadyExists = "identity_already_exists";
    EmailProviderDisabled = "email_provider_disabled";
    PhoneProviderDisabled = "phone_provider_disabled";
    TooManyEnrolledMfaFactors = "too_many_enrolled_mfa_factors";
    MfaFactorNameConflict = "mfa_factor_name_conflict";
    MfaFactorNotFound = "mfa_factor_not_found";
    MfaIpAddressMismatch = "mfa_ip_address_mismatch";
    MfaChallengeExpired = "mfa_challenge_expired";
    WebauthnChallengeExpired = "webauthn_challenge_expired";
    MfaVerificationFailed = "mfa_verification_failed";
    MfaVerificationRejected = "mfa_verification_rejected";
    InsufficientAal = "insufficient_aal";
    CaptchaFailed = "captcha_failed";
    SamlProviderDisabled = "saml_provider_disabled";
    ManualLinkingDisabled = "manual_linking_disabled";
    SmsSendFailed = "sms_send_failed";
    EmailNotConfirmed = "email_not_confirmed";
    PhoneNotConfirmed = "phone_not_confirmed";
    ReauthNonceMissing = "reauth_nonce_missing";
    SamlRelayStateNotFound = "saml_relay_state_not_found";
    SamlRelayStateExpired = "saml_relay_state_expired";
    SamlIdpNotFound = "saml_idp_not_found";
    SamlAssertionNoUserId = "saml_assertion_no_user_id";
    SamlAssertionNoEmail = "saml_assertion_no_email";
    UserAlreadyExists = "user_already_exists";
    SsoProviderNotFound = "sso_provider_not_found";
    SamlMetadataFetchFailed = "saml_metadata_fetch_failed";
    SamlIdpAlreadyExists = "saml_idp_already_exists";
    SsoDomainAlreadyExists = "sso_domain_already_exists";
    SamlEntityIdMismatch = "saml_entity_id_mismatch";
    Conflict = "conflict";
    ProviderDisabled = "provider_disabled";
    UserSsoManaged = "user_sso_managed";
    ReauthenticationNeeded = "reauthentication_needed";
    SamePassword = "same_password";
    ReauthenticationNotValid = "reauthentication_not_valid";
    OtpExpired = "otp_expired";
    OtpDisabled = "otp_disabled";
    IdentityNotFound = "identity_not_found";
    WeakPassword = "weak_password";
    OverRequestRateLimit = "over_request_rate_limit";
    OverEmailSendRateLimit = "over_email_send_rate_limit";
    OverSmsSendRateLimit = "over_sms_send_rate_limit";
    BadCodeVerifier = "bad_code_verifier";
    AnonymousProviderDisabled = "anonymous_provider_disabled";
    HookTimeout = "hook_timeout";
    HookTimeoutAfterRetry = "hook_timeout_after_retry";
    HookPayloadOverSizeLimit = "hook_payload_over_size_limit";
    HookPayloadInvalidContentType = "hook_payload_invalid_content_type";
    RequestTimeout = "request_timeout";
    MfaPhoneEnrollNotEnabled = "mfa_phone_enroll_not_enabled";
    MfaPhoneVerifyNotEnabled = "mfa_phone_verify_not_enabled";
    MfaTotpEnrollNotEnabled = "mfa_totp_enroll_not_enabled";
    MfaTotpVerifyNotEnabled = "mfa_totp_verify_not_enabled";
    MfaWebauthnEnrollNotEnabled = "mfa_webauthn_enroll_not_enabled";
    MfaWebauthnVerifyNotEnabled = "mfa_webauthn_verify_not_enabled";
    MfaRecoveryCodesEnrollNotEnabled = "mfa_recovery_codes_enroll_not_enabled";
    MfaRecoveryCodesVerifyNotEnabled = "mfa_recovery_codes_verify_not_enabled";
    MfaRecoveryCodesLocked = "mfa_recovery_codes_locked";
    MfaRecoveryCodesSoleFactor = "mfa_recovery_codes_sole_factor";
    MfaVerifiedFactorExists = "mfa_verified_factor_exists";
    InvalidCredentials = "invalid_credentials";
    EmailAddressNotAuthorized = "email_address_not_authorized";
    EmailAddressInvalid = "email_address_invalid";
}

impl fmt::Display for AuthErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
