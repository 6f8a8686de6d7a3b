-- Functions of the list of videos, for revision 0011, which replaces the names in braces.

-- Text that is equal for texts that differ in case, diacritics or composition; keeps punctuation.
CREATE FUNCTION {schema}.text_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100 AS $function$
DECLARE
    folded text := value;
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN lower(value COLLATE "C");
    END IF;
    folded := lower(normalize(value, NFKD) COLLATE {collation});
    folded := replace(folded, U&'\0438\0306', U&'\0439');
    folded := regexp_replace(folded COLLATE "C", '[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+', '', 'g');
    folded := translate(folded, 'øđłħıðŧς’‘', 'odlhidtσ''''');
    folded := replace(replace(folded, 'ß', 'ss'), 'æ', 'ae');
    RETURN normalize(replace(replace(folded, 'œ', 'oe'), 'þ', 'th'), NFC);
END $function$;

-- What the list searches.
CREATE FUNCTION {schema}.video_text(identifier text, title text, tags text[], source_url text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100 AS $function$
BEGIN
    RETURN {schema}.text_fold(
        concat_ws(chr(10), title, identifier, array_to_string(tags, chr(10)), source_url)
    );
END $function$;

-- Immutable, unlike array_to_string, so that an index can use it.
CREATE FUNCTION {schema}.tags_text(tags text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10 AS $function$
BEGIN
    RETURN array_to_string(tags, chr(10));
END $function$;

-- Sort key with numbers of equal length, so that 2 precedes 10; at most 600 characters for a B-tree.
CREATE FUNCTION {schema}.natural_key(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $function$
DECLARE
    folded text := ltrim({schema}.search_fold(value));
BEGIN
    folded := regexp_replace(folded COLLATE "C", '([0-9]+)', repeat('0', 20) || '\1', 'g');
    RETURN left(regexp_replace(folded COLLATE "C", '[0-9]*([0-9]{20})', '\1', 'g'), 600);
END $function$;
