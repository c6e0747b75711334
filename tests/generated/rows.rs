//! Rows written and read again.

use serde_json::json;
use supabase_task::client::types::Numeric;

use crate::database::{
    Address, Café, CaféInsert, CountsAdded, CountsAddedInsert, CountsChanged, CountsChangedUpdate,
    Mood, Nothing, NothingInsert, OddNames, OddNamesInsert, OddNamesUpdate, OpenSamples,
    SampleCounts, SampleTitles, Samples, SamplesInsert, SamplesUpdate,
};
use crate::{sample, start};

#[tokio::test]
async fn every_type_is_written_and_read_again() {
    let (stack, service) = start().await;
    let owner = uuid::Uuid::from_u128(7);
    let text = |text: &str| Some(text.to_owned());
    let written = SamplesInsert {
        large: Some(i64::MAX),
        ratio: Some(1.5),
        amount: Some(-2.25),
        prices: Some(vec![
            Numeric::from("0.10"),
            Numeric::from("12345678901234567890.12"),
        ]),
        cash: text("12.50"),
        is_done: Some(true),
        short: text("short"),
        code: text("abc"),
        owner: Some(owner),
        meta: Some(json!({ "city": "Bern" })),
        data: Some(json!([1, null])),
        day: text("2026-11-24"),
        clock: text("12:30:00"),
        moment: text("2026-11-24T12:30:00"),
        duration: text("1 day 02:00:00"),
        bytes: text("\\x00ff"),
        host: text("10.0.0.1"),
        words: text("'call' 'bank'"),
        span: text("[1,5)"),
        bits: text("101"),
        tags: Some(vec!["a,b".to_owned(), "c\"d".to_owned()]),
        numbers: Some(vec![1, 2]),
        feelings: Some(vec![Mood::Happy, Mood::_2Tired, Mood::Unnamed]),
        home: Some(Address {
            street: text("Hauptstraße 1"),
            zip_code: text("3000"),
            r#type: Some(Mood::Sad),
            rent: Some(Numeric::from("12345678901234567890.50")),
        }),
        contact: text("a@b.c"),
        visits: Some(3),
        ..SamplesInsert::new(
            i16::MIN,
            i32::MAX,
            "1234567890123456.7800",
            "call",
            Mood::Happy,
        )
    };

    let read = service
        .table::<Samples>()
        .insert(&written)
        .returning()
        .single()
        .await
        .unwrap();

    assert_eq!(read.small, i16::MIN);
    assert_eq!(read.medium, i32::MAX);
    assert_eq!(read.large, written.large);
    assert_eq!(read.ratio, written.ratio);
    assert_eq!(read.amount, written.amount);
    assert_eq!(read.price, "1234567890123456.7800");
    assert_eq!(read.prices, written.prices);
    assert_eq!(read.cash.as_deref(), Some("$12.50"));
    assert!(read.is_done);
    assert_eq!(read.title, "call");
    assert_eq!(read.short, written.short);
    assert_eq!(read.code, written.code);
    assert_eq!(read.owner, Some(owner));
    assert_eq!(read.meta, written.meta);
    assert_eq!(Some(read.data), written.data);
    assert_eq!(read.day, written.day);
    assert_eq!(read.clock, written.clock);
    assert_eq!(read.moment, written.moment);
    assert!(!read.created_at.is_empty());
    assert_eq!(read.duration, written.duration);
    assert_eq!(read.bytes, written.bytes);
    assert_eq!(read.host, written.host);
    assert_eq!(read.words.as_deref(), Some("'bank' 'call'"));
    assert_eq!(read.span, written.span);
    assert_eq!(read.bits, written.bits);
    assert_eq!(Some(read.tags), written.tags);
    assert_eq!(read.numbers, written.numbers);
    assert_eq!(read.feeling, Mood::Happy);
    assert_eq!(read.feelings, written.feelings);
    assert_eq!(read.home, written.home);
    assert_eq!(read.contact, written.contact);
    assert_eq!(Some(read.visits), written.visits);
    assert_eq!(read.title_length, Some(4));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_none_is_left_to_the_database() {
    let (stack, service) = start().await;
    let samples = || service.table::<Samples>();
    let mut rows = [sample("a", "1"), sample("b", "2.5"), sample("c", "10")];
    // A column that one row leaves out gets its default there, whatever the other rows contain.
    rows[0].is_done = Some(true);
    rows[0].data = Some(json!(1));
    samples().insert(&rows).await.unwrap();

    let dear = samples()
        .filter(Samples::price.gt("2"))
        .filter(Samples::feeling.eq(Mood::SoSo))
        .order(Samples::id.desc())
        .rows()
        .await
        .unwrap();

    let titles: Vec<_> = dear.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["c", "b"]);
    let [_, b] = dear.as_slice() else { panic!() };
    assert_eq!(b.price, "2.5000");
    assert_eq!((b.is_done, b.visits, b.owner), (false, 0, None));
    assert_eq!((&b.data, b.tags.len()), (&json!({}), 0));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_update_keeps_what_is_none_and_clears_what_is_some_none() {
    let (stack, service) = start().await;
    let samples = || service.table::<Samples>();
    let row = SamplesInsert {
        short: Some("kept".to_owned()),
        large: Some(1),
        ..sample("a", "1")
    };
    samples().insert(&row).await.unwrap();

    // As it would come back from a queue.
    let changes = SamplesUpdate {
        large: Some(None),
        feeling: Some(Mood::Sad),
        ..SamplesUpdate::default()
    };
    let changes: SamplesUpdate =
        serde_json::from_value(serde_json::to_value(&changes).unwrap()).unwrap();
    let changed = samples()
        .update(&changes)
        .filter(Samples::title.eq("a"))
        .returning()
        .single()
        .await
        .unwrap();

    assert_eq!(changed.large, None);
    assert_eq!(changed.short.as_deref(), Some("kept"));
    assert_eq!(changed.feeling, Mood::Sad);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn odd_names_are_columns_like_others() {
    let (stack, service) = start().await;
    let rows = || service.table::<OddNames>();
    let written = OddNamesInsert {
        self_: Some(1),
        _2fa: Some(true),
        created_at: Some("2026-01-01".to_owned()),
        created_at2: Some("2026-02-02".to_owned()),
        größe: Some(180),
        a_b_c: Some("x".to_owned()),
        say_hi: Some("hi".to_owned()),
        ..OddNamesInsert::new("one", "required".to_owned())
    };
    rows().insert(&written).await.unwrap();

    let change = OddNamesUpdate {
        a_b_c: Some(Some("y".to_owned())),
        ..OddNamesUpdate::default()
    };
    let read = rows()
        .update(&change)
        .filter(OddNames::r#type.eq("one"))
        .filter(OddNames::self_.eq(1))
        .filter(OddNames::_2fa.eq(true))
        .filter(OddNames::created_at.eq("2026-01-01"))
        .filter(OddNames::created_at2.eq("2026-02-02"))
        .filter(OddNames::größe.gt(170))
        .filter(OddNames::a_b_c.eq("x"))
        .filter(OddNames::say_hi.like("h%"))
        .returning()
        .single()
        .await
        .unwrap();

    assert_eq!(read.a_b_c.as_deref(), Some("y"));
    assert_eq!(read.r#type, "one");
    assert_eq!(read.created_at2, written.created_at2);
    assert_eq!(read.say_hi, written.say_hi);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn views_are_read_and_written_as_far_as_they_can_be() {
    let (stack, service) = start().await;
    let mut done = sample("done", "1");
    done.is_done = Some(true);
    let rows = [sample("open", "1"), done];
    service.table::<Samples>().insert(&rows).await.unwrap();

    let open = service.table::<OpenSamples>().rows().await.unwrap();
    let counts = service.table::<SampleCounts>().single().await.unwrap();
    let titles = service.table::<SampleTitles>().count().await.unwrap();

    assert_eq!(open.len(), 1);
    assert_eq!(open[0].title.as_deref(), Some("open"));
    assert_eq!(
        (counts.feeling, counts.how_many),
        (Some(Mood::SoSo), Some(2))
    );
    // A materialized view that was not refreshed.
    assert_eq!(titles, 0);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn names_are_sent_as_the_database_has_them() {
    let (stack, service) = start().await;
    let table = || service.table::<Café>();
    let written = CaféInsert {
        é2: Some("two characters".to_owned()),
        é: Some("one".to_owned()),
        unnamed: Some("crab".to_owned()),
        unnamed2: Some("party".to_owned()),
        ..CaféInsert::new(1)
    };

    let read = table().insert(&written).returning().single().await.unwrap();

    assert_eq!((read.é2, read.é), (written.é2, written.é));
    assert_eq!(
        (read.unnamed, read.unnamed2),
        (written.unnamed, written.unnamed2)
    );
    let found = table()
        .filter(Café::é2.eq("two characters") & Café::é.eq("one") & Café::unnamed.eq("crab"))
        .order(Café::id.desc())
        .rows()
        .await;
    assert_eq!(found.unwrap().len(), 1);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_table_without_columns_has_rows() {
    let (stack, service) = start().await;
    let table = || service.table::<Nothing>();
    table().insert(&NothingInsert {}).await.unwrap();
    assert_eq!(table().rows().await.unwrap(), [Nothing {}]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_view_takes_what_its_trigger_takes() {
    let (stack, service) = start().await;
    let added = CountsAddedInsert {
        how_many: Some(1),
        ..CountsAddedInsert::default()
    };
    service.table::<CountsAdded>().insert(&added).await.unwrap();
    let samples = service.table::<Samples>();
    samples.insert(&sample("a", "1")).await.unwrap();
    let changed = CountsChangedUpdate {
        how_many: Some(Some(7)),
        ..CountsChangedUpdate::default()
    };
    let changes = service.table::<CountsChanged>().update(&changed);
    changes.all_rows().await.unwrap();
    // The rows that the triggers leave behind.
    assert_eq!(service.table::<Nothing>().count().await.unwrap(), 2);
    stack.shutdown().await.unwrap();
}
