//! Ids: what is printed, what is read back, and what is refused.

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::*;

/// The example of the TypeID specification.
const UUID: u128 = 0x0189_0a5d_ac96_774b_bcce_b302_099a_8057;
const BODY: &str = "01h455vb4pex5vsknk084sn02q";

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

#[test]
fn an_id_is_printed_as_its_typeid() {
    let id = AccountId::from(Uuid::from_u128(UUID));
    assert_eq!(id.to_string(), format!("acc_{BODY}"));
    assert_eq!(format!("{id:?}"), id.to_string());
    assert_eq!(id.to_string().parse(), Ok(id));
}

#[test]
fn the_largest_id_has_a_spelling_and_nothing_lies_above_it() {
    let largest = AccountId::from(Uuid::max());
    assert_eq!(largest.to_string(), "acc_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    let above = "acc_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<AccountId>();
    assert_eq!(above, Err(ParseIdError::Overflow { noun: "an account" }));
}

#[test]
fn the_id_of_another_kind_is_refused_with_a_sentence() {
    let error = format!("team_{BODY}").parse::<AccountId>().unwrap_err();
    assert_eq!(error.to_string(), "this is not an account id: it must begin with \"acc_\"");
}

#[test]
fn an_id_has_one_spelling() {
    let upper = BODY.to_uppercase();
    for wrong in [format!("acc_{upper}"), format!("acc_{}", BODY.replace('b', "l"))] {
        assert_eq!(
            wrong.parse::<AccountId>(),
            Err(ParseIdError::Character { noun: "an account" }),
            "{wrong}"
        );
    }
    for wrong in ["acc_".to_owned(), format!("acc_{BODY}0"), format!("acc_{BODY} ")] {
        assert_eq!(
            wrong.parse::<AccountId>(),
            Err(ParseIdError::Length { noun: "an account" }),
            "{wrong}"
        );
    }
    for wrong in [BODY.to_owned(), format!("ACC_{BODY}"), format!(" acc_{BODY}"), String::new()] {
        assert!(matches!(wrong.parse::<AccountId>(), Err(ParseIdError::Prefix { .. })), "{wrong}");
    }
}

#[test]
fn a_new_id_is_a_uuid_of_version_7_and_sorts_by_its_time() {
    let mut rng = StdRng::seed_from_u64(1);
    let older = MemberId::new(at(1_700_000_000_000), &mut rng);
    let newer = MemberId::new(at(1_700_000_000_001), &mut rng);
    assert_eq!(older.uuid().get_version_num(), 7);
    assert!(older < newer);
    assert!(older.to_string() < newer.to_string());
}

#[test]
fn an_id_is_made_from_a_dyn_rng_too() {
    let mut rng = StdRng::seed_from_u64(1);
    let dynamic: &mut dyn RngCore = &mut rng;
    assert_ne!(ShareId::new(at(0), dynamic), ShareId::new(at(0), dynamic));
    assert_ne!(LaunchId::new(dynamic), LaunchId::new(dynamic));
}

#[test]
fn serde_carries_the_printed_form() {
    let text = format!("col_{BODY}");
    let reader: StrDeserializer<'_, ValueError> = text.as_str().into_deserializer();
    let id = CollectionId::deserialize(reader).unwrap();
    assert_eq!(id.uuid(), Uuid::from_u128(UUID));

    let wrong: StrDeserializer<'_, ValueError> = "col_1".into_deserializer();
    let error = CollectionId::deserialize(wrong).unwrap_err().to_string();
    assert!(error.starts_with("this is not a collection id"), "{error}");
}

proptest! {
    #[test]
    fn every_id_is_read_back(value: u128) {
        let id = TileId::from(Uuid::from_u128(value));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        let launch = LaunchId::from_bytes(value.to_be_bytes());
        prop_assert_eq!(launch.to_string().len(), 26);
        prop_assert_eq!(launch.to_string().parse(), Ok(launch));
    }

    #[test]
    fn whatever_is_read_is_printed_the_same(text in "[0-9a-zA-Z]{26}") {
        if let Ok(id) = text.parse::<LaunchId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn texts_sort_as_ids_do(one: u128, two: u128) {
        let (one, two) = (TeamId::from(Uuid::from_u128(one)), TeamId::from(Uuid::from_u128(two)));
        prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        let _ = text.parse::<AccountId>();
        let _ = format!("acc_{text}").parse::<AccountId>();
        let _ = text.parse::<LaunchId>();
    }
}
