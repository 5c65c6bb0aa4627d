"""What holds for every decision, whatever the answers."""

import datetime
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from fwnew.decision import answers as given
from fwnew.decision import catalogue, decide
from fwnew.decision.model import EITHER, INFEASIBLE, PYTORCH, TENSORFLOW, Catalogue, DecisionAnswers

TODAY = datetime.date(2026, 11, 23)
OTHER = {PYTORCH: TENSORFLOW, TENSORFLOW: PYTORCH}


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return catalogue.load()


def grid(known: Catalogue) -> Iterator[DecisionAnswers]:
    """Every combination of answers, one target at a time, with each constraint and Python on its own."""
    weights = dict.fromkeys(known.criteria, Fraction(1))
    extras = [
        (frozenset(), None),
        *((frozenset({name}), None) for name in known.constraints),
        (frozenset({"no_beta"}), "3.14"),
    ]
    for choices in itertools.product(*(criterion.choices for criterion in known.criteria.values())):
        named = {name: (choice,) for name, choice in zip(known.criteria, choices, strict=True)}
        for constraints, python in extras:
            yield DecisionAnswers(named, weights, constraints, python)


def some(known: Catalogue, count: int = 300) -> Iterator[DecisionAnswers]:
    """Answers at random: weights, several targets, constraints and Pythons among them."""
    draw = random.Random(0)
    for _ in range(count):
        choices = {name: (draw.choice(list(c.choices)),) for name, c in known.criteria.items()}
        targets = [name for name in known.criteria["deployment"].choices if name != "undecided"]
        if draw.random() < 0.5:
            choices["deployment"] = tuple(t for t in targets if draw.random() < 0.4) or ("undecided",)
        weights = {name: Fraction(draw.randint(0, 3)) for name in known.criteria}
        constraints = frozenset(name for name in known.constraints if draw.random() < 0.3)
        yield DecisionAnswers(choices, weights, constraints, draw.choice([None, *known.pythons]))


def test_a_hard_rule_is_never_outvoted(known: Catalogue) -> None:
    for answers in grid(known):
        found = decide.outcome(known, answers, TODAY)
        vetoed = {rule.vetoes for rule in found.vetoes}
        expected = {0: None, 1: "forced", 2: INFEASIBLE}[len(vetoed)]
        assert expected is None or found.strength == expected
        assert found.recommendation not in vetoed


def test_nothing_is_recommended_or_forced_without_a_route_to_each_target(known: Catalogue) -> None:
    """Over up to three targets, every set of constraints, and the Python that a rule names."""
    first = next(grid(known))
    targets = [name for name in known.criteria["deployment"].choices if name != "undecided"]
    for chosen, constraints in itertools.product(subsets(targets, 3), subsets(known.constraints)):
        for python, pretrained in itertools.product((None, "3.14"), ("none", "hugging_face")):
            choices = {**first.choices, "deployment": tuple(chosen) or ("undecided",), "pretrained": (pretrained,)}
            answers = replace(first, choices=choices, constraints=frozenset(constraints), python=python)
            found = decide.outcome(known, answers, TODAY).recommendation
            if found != INFEASIBLE:
                frameworks = (PYTORCH, TENSORFLOW) if found == EITHER else (found,)
                assert usable(known, chosen, constraints, frameworks), answers


def subsets(names: Iterable[str], most: int = 99) -> list[tuple[str, ...]]:
    every = list(names)
    return [some for count in range(min(most, len(every)) + 1) for some in itertools.combinations(every, count)]


def usable(known: Catalogue, targets: Iterable[str], constraints: Iterable[str], frameworks: Iterable[str]) -> bool:
    """Whether each framework reaches each target by parts that may be used, told from the catalogue alone."""
    refused = {"no_beta": ["beta"], "no_unmaintained": ["stagnant", "deprecated", "unmaintained"]}
    unwanted = {state for name in constraints for state in refused.get(name, [])}
    return all(
        any(
            (route.target, route.framework) == (target, framework)
            and not unwanted & {known.parts[part].status for part in route.parts}
            for route in known.routes
        )
        for target in targets
        for framework in frameworks
    )


def test_what_is_infeasible_names_relaxations_that_help_and_misses_none(known: Catalogue) -> None:
    found = 0
    for answers in some(known, 3000):
        decision = decide.outcome(known, answers, TODAY)
        if decision.recommendation != INFEASIBLE or found == 50:
            continue
        found += 1
        whole = decide.decide(known, answers, TODAY)
        relaxed = {(flip.criterion, flip.to) for flip in decide.relaxations(whole)}
        for target in answers.choices["deployment"]:
            other = changed(known, answers, "deployment", "answer", f"without {target}")
            helps = decide.outcome(known, other, TODAY).recommendation != INFEASIBLE
            assert helps == (("deployment", f"without {target}") in relaxed)
        for name in answers.constraints:
            other = replace(answers, constraints=answers.constraints - {name})
            helps = decide.outcome(known, other, TODAY).recommendation != INFEASIBLE
            assert helps == (("constraints", f"without {name}") in relaxed)
    assert found == 50


def test_the_bands_are_what_they_are_said_to_be(known: Catalogue) -> None:
    for answers in grid(known):
        found = decide.outcome(known, answers, TODAY)
        if found.recommendation != INFEASIBLE:
            likely = (PYTORCH, TENSORFLOW) if found.recommendation == EITHER else (found.recommendation,)
            targets = [name for name in answers.choices["deployment"] if name != "undecided"]
            assert usable(known, targets, answers.constraints, likely)
        if not found.vetoes:
            size = abs(found.score)
            assert found.strength == (
                EITHER if size < Fraction(15, 100) else "lean" if size < Fraction(35, 100) else "clear"
            )
            assert found.recommendation == (
                EITHER if size < Fraction(15, 100) else PYTORCH if found.score > 0 else TENSORFLOW
            )


def test_the_score_is_the_weighted_sum_over_twice_the_weights(known: Catalogue) -> None:
    for answers in some(known):
        reasons = decide.reasons(known, answers)
        total = sum(reason.weight for reason in reasons)
        expected = Fraction(sum(r.weight * r.score for r in reasons)) / (2 * total) if total else 0
        assert decide.weighed(known, answers) == expected
        assert -1 <= expected <= 1


def test_an_answer_for_a_framework_never_moves_the_score_away_from_it(known: Catalogue) -> None:
    for answers in some(known):
        score = decide.weighed(known, answers)
        for name, criterion in known.criteria.items():
            before = decide.scored(known, criterion, answers)
            for choice in criterion.choices.values():
                other = replace(answers, choices={**answers.choices, name: (choice.name,)})
                assert (decide.weighed(known, other) - score) * (choice.score - before) >= 0


def test_an_answer_of_weight_0_has_no_effect_on_the_score(known: Catalogue) -> None:
    for answers in some(known):
        for name, criterion in known.criteria.items():
            silent = replace(answers, weights={**answers.weights, name: Fraction(0)})
            others = (replace(silent, choices={**answers.choices, name: (choice,)}) for choice in criterion.choices)
            assert {decide.weighed(known, other) for other in others} == {decide.weighed(known, silent)}


def test_every_flip_flips_and_no_single_change_is_missed(known: Catalogue) -> None:
    for answers in some(known):
        now = decide.outcome(known, answers, TODAY).recommendation
        flips = list(decide.flips(known, answers, TODAY))
        for flip in flips:
            assert decide.outcome(
                known, changed(known, answers, flip.criterion, flip.kind, flip.to), TODAY
            ).recommendation == (flip.becomes)
            assert flip.becomes != now
        reported = {(flip.criterion, flip.to) for flip in flips if flip.kind == "answer"}
        for name, criterion in known.criteria.items():
            for choice in criterion.choices:
                if criterion.several:
                    continue
                other = replace(answers, choices={**answers.choices, name: (choice,)})
                becomes = decide.outcome(known, other, TODAY).recommendation
                assert (becomes != now) == ((name, choice) in reported)
        for target in known.criteria["deployment"].choices:
            if target in answers.choices["deployment"] or target == "undecided":
                continue
            more = tuple(t for t in (*answers.choices["deployment"], target) if t != "undecided")
            becomes = decide.outcome(known, replace(answers, choices={**answers.choices, "deployment": more}), TODAY)
            assert (becomes.recommendation != now) == (("deployment", target) in reported)
        for name in known.criteria:
            moved = (changed(known, answers, name, "weight", str(weight)) for weight in range(4))
            elsewhere = any(decide.outcome(known, other, TODAY).recommendation != now for other in moved)
            assert not elsewhere or any(flip.criterion == name and flip.kind == "weight" for flip in flips)


def changed(known: Catalogue, answers: DecisionAnswers, criterion: str, kind: str, to: str) -> DecisionAnswers:
    """The answers after a flip, made from its words alone."""
    if kind == "weight":
        return replace(answers, weights={**answers.weights, criterion: Fraction(to)})
    if criterion == "python":
        return replace(answers, python=None if to == "any" else to)
    if criterion == "constraints":
        return replace(answers, constraints=answers.constraints ^ {to.removeprefix("without ")})
    if not known.criteria[criterion].several:
        return replace(answers, choices={**answers.choices, criterion: (to,)})
    old = answers.choices[criterion]
    if to.startswith("without "):
        new = tuple(t for t in old if t != to.removeprefix("without ")) or ("undecided",)
    else:
        new = tuple(t for t in (*old, to) if t != "undecided")
    return replace(answers, choices={**answers.choices, criterion: new})


def test_a_decision_is_the_same_every_time_and_in_any_order_of_answers(known: Catalogue) -> None:
    for answers in some(known, 50):
        words = given.as_words(answers, known)
        again = given.parse(known, given.from_words(reversed(words)))
        assert given.parse(known, given.as_data(answers)) == again
        assert decide.outcome(known, again, TODAY) == decide.outcome(known, answers, TODAY)
        assert isinstance(decide.weighed(known, answers), Fraction)


def test_transformers_with_a_tfx_estate_are_infeasible_but_not_alone(known: Catalogue) -> None:
    both = given.parse(known, {"pretrained": "hugging_face", "deployment": "tf_estate"})
    found = decide.decide(known, both, TODAY)
    assert found.recommendation == INFEASIBLE
    assert {(flip.criterion, flip.to, flip.becomes) for flip in found.flips} >= {
        ("deployment", "without tf_estate", PYTORCH),
        ("pretrained", "none", TENSORFLOW),
    }


def test_a_rule_that_has_expired_vetoes_nothing(known: Catalogue) -> None:
    answers = given.parse(known, {"constraints": "no_beta", "python": "3.14"})
    (rule,) = decide.outcome(known, answers, TODAY).vetoes
    assert rule.expires is not None
    assert decide.outcome(known, answers, rule.expires).vetoes == ()


def test_the_target_with_the_fewest_maintained_ways_decides(known: Catalogue) -> None:
    assert decide.hardest(known, ("server", "android", "browser_training")) == ("browser_training",)
    assert decide.hardest(known, ("server", "microcontroller")) == ("microcontroller",)


def test_of_equally_hard_targets_the_greater_score_decides_in_any_order(known: Catalogue) -> None:
    assert set(decide.hardest(known, ("server", "android", "ios"))) == {"server", "android", "ios"}
    deployment = known.criteria["deployment"]
    for targets, score in ((("server", "android"), -1), (("ios", "server"), 1), (("server", "android", "ios"), 0)):
        for order in itertools.permutations(targets):
            answers = DecisionAnswers({"deployment": order}, {})
            assert decide.scored(known, deployment, answers) == score


def test_what_may_not_be_unmaintained_is_left_out_of_the_routes(known: Catalogue) -> None:
    answers = given.parse(known, {"deployment": "browser_training", "constraints": "no_unmaintained"})
    found = decide.decide(known, answers, TODAY)
    assert {route for route, _, _ in found.routes} == {None}
    assert {(rule.id, rule.vetoes) for rule in found.vetoes} == {("H5", PYTORCH), ("H6", TENSORFLOW)}


def test_what_an_older_record_calls_an_answer_is_understood(known: Catalogue) -> None:
    old, new = (given.parse(known, {"deployment": word}) for word in ("server,mobile", "server,android,ios"))
    assert old == new
