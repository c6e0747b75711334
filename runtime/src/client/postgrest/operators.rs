//! The operators of filters: the name, arguments and PostgREST operator of each. They are defined once,
//! because queries, embedded tables and columns all have them.

/// Calls `$define!` with every operator: `name(arguments) => constructor of Filter("operator")`.
macro_rules! operators {
    ($define:ident) => {
        $define! {
            /// `column = value`
            eq(value: impl FilterValue) => compare("eq");

            /// `column <> value`. Not true where the column is NULL;
            /// [`is_distinct`](Self::is_distinct) is.
            neq(value: impl FilterValue) => compare("neq");

            /// `column > value`
            gt(value: impl FilterValue) => compare("gt");

            /// `column >= value`
            gte(value: impl FilterValue) => compare("gte");

            /// `column < value`
            lt(value: impl FilterValue) => compare("lt");

            /// `column <= value`
            lte(value: impl FilterValue) => compare("lte");

            /// `column IS DISTINCT FROM value`: like `neq`, but also true where the column is NULL.
            ///
            /// The value itself is never NULL: `"null"` is a text of four letters. To compare with
            /// NULL, use [`is`](Self::is).
            is_distinct(value: impl FilterValue) => compare("isdistinct");

            /// `column LIKE pattern`: `%` stands for any text and `_` for one character; a backslash
            /// before either makes it literal. PostgREST reads `*` as `%`, so no pattern matches only
            /// a `*`: use [`regex_match`](Self::regex_match) for that.
            like(pattern: impl FilterValue) => compare("like");

            /// `column ILIKE pattern`: [`like`](Self::like), but case-insensitive.
            ilike(pattern: impl FilterValue) => compare("ilike");

            /// The column is [`like`](Self::like) every one of `patterns`. An empty list matches all
            /// rows.
            like_all_of(patterns: impl IntoIterator<Item: FilterValue>) => quantified("like(all)");

            /// The column is [`like`](Self::like) at least one of `patterns`. An empty list matches
            /// no row.
            like_any_of(patterns: impl IntoIterator<Item: FilterValue>) => quantified("like(any)");

            /// The column is [`ilike`](Self::ilike) every one of `patterns`.
            ilike_all_of(patterns: impl IntoIterator<Item: FilterValue>) => quantified("ilike(all)");

            /// The column is [`ilike`](Self::ilike) at least one of `patterns`.
            ilike_any_of(patterns: impl IntoIterator<Item: FilterValue>) => quantified("ilike(any)");

            /// `column ~ pattern`: a POSIX regular expression that matches any part of the text,
            /// unless `^` and `$` say otherwise.
            regex_match(pattern: impl FilterValue) => compare("match");

            /// `column ~* pattern`: [`regex_match`](Self::regex_match), but case-insensitive.
            regex_imatch(pattern: impl FilterValue) => compare("imatch");

            /// `column IS …`: NULL, not NULL, true, false or unknown.
            ///
            /// ```
            /// # use supabase_task::client::{Is, UserClient, column};
            /// # fn example(supabase: UserClient) {
            /// let open = supabase.from("todos").select("id").is("finished_at", Is::Null);
            /// let open = supabase.from("todos").select("id").and([column("finished_at").is(Is::Null)]);
            /// # drop(open);
            /// # }
            /// ```
            is(value: impl Into<Is>) => is();

            /// `column IN (values)`. An empty list matches no row.
            ///
            /// The name ends in an underscore because `in` is a Rust keyword.
            ///
            /// ```
            /// # use supabase_task::client::UserClient;
            /// # fn example(supabase: UserClient) {
            /// let some = supabase.from("todos").select("id").in_("title", ["one", "two, with a comma"]);
            /// # drop(some);
            /// # }
            /// ```
            in_(values: impl IntoIterator<Item: FilterValue>) => in_list();

            /// `column NOT IN (values)`. Not true where the column is NULL, unless the list is empty.
            not_in(values: impl IntoIterator<Item: FilterValue>) => not_in_list();

            /// `column @> value`: the array, range or JSON in the column holds all of `value`.
            contains(value: impl CollectionValue) => collection("cs");

            /// `column <@ value`: `value` holds all of the array, range or JSON in the column.
            contained_by(value: impl CollectionValue) => collection("cd");

            /// `column && value`: the array or range in the column has something in common with
            /// `value`.
            overlaps(value: impl CollectionValue) => collection("ov");

            /// `column >> range`: the range in the column lies after all of `range`.
            range_gt(range: impl CollectionValue) => collection("sr");

            /// `column &> range`: the range in the column does not begin before `range`.
            range_gte(range: impl CollectionValue) => collection("nxl");

            /// `column << range`: the range in the column lies before all of `range`.
            range_lt(range: impl CollectionValue) => collection("sl");

            /// `column &< range`: the range in the column does not end after `range`.
            range_lte(range: impl CollectionValue) => collection("nxr");

            /// `column -|- range`: the range in the column and `range` touch, without overlap.
            range_adjacent(range: impl CollectionValue) => collection("adj");

            /// `column @@ query`: the text or `tsvector` in the column matches a text search.
            ///
            /// ```
            /// # use supabase_task::client::{TextSearch, UserClient};
            /// # fn example(supabase: UserClient) {
            /// let search = TextSearch::websearch().config("english");
            /// let found = supabase
            ///     .from("notes")
            ///     .select("id")
            ///     .text_search("body", "\"fat cat\" or -dog", search);
            /// # drop(found);
            /// # }
            /// ```
            text_search(query: impl FilterValue, search: TextSearch) => text_search();

            /// Applies any PostgREST operator by its own name, or negated with `not.` before it:
            /// `eq(any)`, `not.in`, `fts(english)`.
            ///
            /// `value` is the operand as PostgREST reads it. You must quote what the other methods
            /// quote for you: `in` takes `(1,2)`, and `eq(any)` takes `{1,2}`. The value stays one
            /// operand, whatever it contains. An unknown operator is an error when the query is sent.
            ///
            /// <https://docs.postgrest.org/en/stable/references/api/tables_views.html#operators>
            filter(operator: &str, value: impl FilterValue) => raw();

            /// Applies the opposite of [`filter`](Self::filter) with the same arguments.
            not(operator: &str, value: impl FilterValue) => not_raw();
        }
    };
}

pub(super) use operators;
