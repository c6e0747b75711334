//! [`FunctionRegion`]: where a function runs.

use std::borrow::Cow;
use std::fmt;

/// Where an Edge Function runs: one of the regions of Supabase
/// (<https://supabase.com/docs/guides/functions/regional-invocation>).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FunctionRegion {
    /// Near the caller, which is what Supabase does by default.
    #[default]
    Any,
    /// Tokyo.
    ApNortheast1,
    /// Seoul.
    ApNortheast2,
    /// Mumbai.
    ApSouth1,
    /// Singapore.
    ApSoutheast1,
    /// Sydney.
    ApSoutheast2,
    /// Canada, central.
    CaCentral1,
    /// Frankfurt.
    EuCentral1,
    /// Ireland.
    EuWest1,
    /// London.
    EuWest2,
    /// Paris.
    EuWest3,
    /// São Paulo.
    SaEast1,
    /// Northern Virginia.
    UsEast1,
    /// Northern California.
    UsWest1,
    /// Oregon.
    UsWest2,
    /// A region that this version does not name, such as `eu-north-1`.
    Other(Cow<'static, str>),
}

impl FunctionRegion {
    /// Returns the region as it is sent, such as `eu-central-1`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "any",
            Self::ApNortheast1 => "ap-northeast-1",
            Self::ApNortheast2 => "ap-northeast-2",
            Self::ApSouth1 => "ap-south-1",
            Self::ApSoutheast1 => "ap-southeast-1",
            Self::ApSoutheast2 => "ap-southeast-2",
            Self::CaCentral1 => "ca-central-1",
            Self::EuCentral1 => "eu-central-1",
            Self::EuWest1 => "eu-west-1",
            Self::EuWest2 => "eu-west-2",
            Self::EuWest3 => "eu-west-3",
            Self::SaEast1 => "sa-east-1",
            Self::UsEast1 => "us-east-1",
            Self::UsWest1 => "us-west-1",
            Self::UsWest2 => "us-west-2",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for FunctionRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
