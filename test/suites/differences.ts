/** Cases whose expectation we do not share, each with its reason; docs/differences.md argues them. */

export interface Difference {
  readonly case: RegExp;
  readonly why: string;
}

/** Falco judged enter events until 0.41; these cases count both events of a call. `detect --enter` still does that. */
export const enterCases =
  /MultipleRulesSuppressInfo|multiple_rules_suppress_info|CatchallOrder|0\.34\.1.*catchall_order|RuleNamesWithRegexChars|rule_names_with_regex_chars|EnabledRuleUsingFalseEnabledFlagOnly|StdoutOutputJsonStrict|ProgramOutputStrict/;

export const differences: readonly Difference[] = [
  {
    case: /avocado-0\.(5\.0|8\.1|13\.1).*disabled_rules_using_regex/,
    why: '-D took regular expressions until Falco 0.13; since then, as here, it takes a part of the name',
  },
  {
    case: /avocado-0\.(13\.1|30\.0).*catchall_order/,
    why: 'the same rules are expected to give 6 alerts in the cases of Falco 0.34.1 and later: rules without event types were not yet tried for every event',
  },
  {
    case: /avocado-0\.30\.0.*rule_exception_append_item_not_in_rule/,
    why: 'a warning in Falco 0.30; an error since 0.31, as here',
  },
];
