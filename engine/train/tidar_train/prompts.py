"""Questions for the corpus, from templates, by kind; and the held-out prompts of the evaluation."""

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

KINDS = ("chat", "facts", "arithmetic", "code", "stories", "lists")
HELD_OUT = Path(__file__).parent.parent / "prompts" / "held-out.json"
RIGHT_OR_WRONG = HELD_OUT.with_name("right-or-wrong.json")


@dataclass(frozen=True)
class Prompt:
    id: str
    set: str
    kind: str
    text: str


def held_out(path: Path = HELD_OUT) -> list[Prompt]:
    """The evaluation's prompts. Raises ValueError for an unknown version."""
    data = json.loads(path.read_text())
    if data.get("version") != 1:
        raise ValueError(f"{path}: version {data.get('version')}, expected 1")
    return [Prompt(**p) for p in data["prompts"]]


@dataclass(frozen=True)
class Question:
    """kind: arithmetic or facts; accept: the answers that are right."""

    id: str
    kind: str
    text: str
    accept: list[str]

    def right(self, answer: str) -> bool:
        """By rule, on the answer's first sentence (up to a full stop, ! or ? before a space, or a line's end). arithmetic: its last number, commas between
        digits left out, is accepted; facts: an accepted answer stands in it as whole words, capitals or not."""
        first = re.split(r"(?<=[.!?])\s|\n", answer.strip(), maxsplit=1)[0]
        if self.kind == "arithmetic":
            numbers = re.findall(r"-?\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d)", "", first))
            return bool(numbers) and any(float(numbers[-1]) == float(x) for x in self.accept)
        return any(re.search(rf"(?<!\w){re.escape(x)}(?!\w)", first, re.IGNORECASE) for x in self.accept)


def right_or_wrong(path: Path = RIGHT_OR_WRONG) -> list[Question]:
    """100 questions whose answers are judged by rule. Raises ValueError for an unknown version."""
    data = json.loads(path.read_text())
    if data.get("version") != 1:
        raise ValueError(f"{path}: version {data.get('version')}, expected 1")
    return [Question(**q) for q in data["prompts"]]


_words = lambda text: [w.strip() for w in text.replace("\n", " ").split(",") if w.strip()]

TOPICS = _words("""friction, electricity, photosynthesis, volcanoes, earthquakes, the water cycle, magnets, sound, light, atoms,
molecules, evolution, fossils, dinosaurs, glaciers, deserts, rainforests, oceans, tides, clouds, thunderstorms, hurricanes,
the solar system, comets, black holes, stars, galaxies, eclipses, satellites, telescopes, microscopes, bacteria, viruses,
vaccines, the immune system, the brain, the lungs, digestion, muscles, bones, blood, vitamins, proteins, sleep, dreams,
memory, emotions, stress, exercise, yoga, meditation, nutrition, breakfast, coffee, tea, chocolate, bread, cheese, rice,
soup, salad, spices, baking, gardening, composting, recycling, solar panels, wind turbines, electric cars, bicycles, trains,
airplanes, ships, bridges, skyscrapers, houses, furniture, painting, sculpture, photography, film, theatre, dance, jazz,
classical music, guitars, drums, poetry, novels, fairy tales, myths, history, archaeology, ancient Rome, ancient Egypt,
ancient Greece, the Middle Ages, the Renaissance, the Industrial Revolution, democracy, elections, laws, human rights, money,
banks, taxes, inflation, trade, marketing, budgets, savings, insurance, the internet, computers, robots, artificial
intelligence, machine learning, databases, encryption, passwords, smartphones, video games, social media, email, podcasts,
chess, football, tennis, swimming, running, hiking, camping, fishing, skiing, climbing, dogs, cats, horses, birds, fish,
insects, bees, butterflies, spiders, snakes, frogs, whales, sharks, elephants, lions, bears, wolves, penguins, trees, flowers,
mushrooms, soil, rocks, crystals, rivers, lakes, mountains, islands, maps, compasses, clocks, calendars, time zones, languages,
grammar, spelling, punctuation, essays, speeches, interviews, teamwork, leadership, friendship, kindness, honesty, patience,
courage, happiness, anger, habits, motivation, procrastination, time management, study skills, exams, libraries, museums,
schools, universities, teachers, doctors, nurses, firefighters, farmers, engineers, scientists, artists, writers, musicians""")
PLACES = _words("""France, Germany, Italy, Spain, Portugal, Greece, Turkey, Egypt, Kenya, Nigeria, South Africa, Morocco, India, China,
Japan, South Korea, Vietnam, Thailand, Indonesia, Australia, New Zealand, Canada, Mexico, Cuba, Peru, Chile, Argentina,
Colombia, Iceland, Sweden, Finland, Denmark, Poland, Hungary, Austria, Switzerland, Belgium, the Netherlands, Ireland,
Scotland, Ukraine, Romania, Bulgaria, Croatia, Israel, Jordan, Iran, Pakistan, Nepal, Mongolia, the Philippines, Malaysia,
London, Paris, Berlin, Rome, Madrid, Lisbon, Athens, Istanbul, Cairo, Nairobi, Mumbai, Beijing, Tokyo, Seoul, Bangkok,
Sydney, Toronto, New York, Chicago, San Francisco, Mexico City, Lima, Buenos Aires, Vienna, Prague, Budapest, Amsterdam, Dublin""")
ANIMALS = _words("""dog, cat, horse, cow, pig, sheep, goat, rabbit, hamster, parrot, owl, eagle, duck, goose, swan, turtle, frog, snake,
lizard, crocodile, shark, dolphin, octopus, crab, jellyfish, elephant, giraffe, zebra, lion, tiger, leopard, bear, wolf, deer,
moose, squirrel, hedgehog, bat, monkey, gorilla, kangaroo, koala, panda, camel, llama, seal, otter, beaver, badger, raccoon""")
PEOPLE = _words("""a baker, a pilot, a fisherman, a princess, a detective, a clockmaker, a pirate, an astronaut, a shepherd, a wizard, a
robot, a gardener, a postman, a painter, a teacher, a young inventor, a lonely giant, a street musician, a librarian, a
farmer, a tailor, a blind king, an old soldier, a ship's cook, a juggler, a doctor, a carpenter, a thief, a queen, a child,
a taxi driver, a beekeeper, a miner, an explorer, a puppet, a snowman, a scarecrow, a ghost, two sisters, three friends""")
THINGS = _words("""a magic ring, a lost letter, a broken watch, a golden key, a hidden garden, a talking mirror, a strange machine, a locked
room, a paper boat, a silver coin, an ancient book, a music box, a secret tunnel, a flying carpet, a red balloon, a glass
bottle, a wooden horse, a forgotten song, a small lamp, a stolen crown, a map of the stars, a photograph, a pair of shoes,
a mysterious door, a frozen lake, a burning forest, a long journey, an unexpected guest, a terrible storm, a wise owl""")
SETTINGS = _words("""in a small village, on a distant planet, in a big city, deep under the sea, in the mountains, on an island, in a castle,
in a dark forest, at a railway station, in a circus, on a farm, in the desert, at school, in the future, a hundred years ago,
during a long winter, in a toy shop, on a ship, in an empty hotel, at the edge of the world""")
MOODS = _words("funny, sad, scary, heart-warming, short, mysterious, adventurous, magical, simple, romantic, surprising, gentle")
GOODS = _words("""apples, oranges, bananas, books, pens, marbles, stamps, cookies, cakes, eggs, chairs, tickets, coins, stickers, balloons,
flowers, toys, bottles, shells, cards, candles, buttons, stones, peaches, potatoes, notebooks, erasers, cups, shirts, hats""")
NAMES = _words("""Anna, Tom, Maria, John, Lucy, Peter, Sara, Ben, Julia, Mark, Lily, David, Nina, Paul, Ella, Sam, Grace, Leo, Mia, Max,
Clara, Oscar, Ruth, Hugo, Ivy, Omar, Wei, Yuki, Amir, Priya""")
LANGUAGES = _words("Python, JavaScript, Java, C, C++, Go, Rust, Ruby, PHP, TypeScript")
CODE_TASKS = _words("""finds the smallest number in a list, adds two numbers, counts the vowels in a string, checks if a number is prime,
computes the sum of a list, sorts a list of numbers, merges two sorted lists, removes spaces from a string, finds the
longest word in a text, converts a string to upper case, computes the average of a list, checks if a year is a leap year,
generates the Fibonacci sequence, counts how often each letter occurs, rotates a list, finds the second largest number,
multiplies two matrices, computes the greatest common divisor, converts miles to kilometers, converts a number to binary,
validates a password, splits a sentence into words, finds common elements of two lists, flattens a nested list, swaps two
variables, prints a multiplication table, checks if two words are anagrams, searches a sorted list, reads a CSV file, writes
text to a file, parses a date, generates a random number, computes the area of a circle, calculates compound interest,
implements a stack, implements a queue, implements a linked list, implements binary search, implements bubble sort, counts
down from ten, asks the user for a name and greets them, downloads a web page, simulates a dice roll, draws a square,
stores contacts in a dictionary, filters even numbers, capitalizes every word, reverses a list, finds duplicates in a list""")
CODE_TOPICS = _words("""functions, classes, lists, dictionaries, strings, while loops, if statements, recursion, inheritance, exceptions, modules,
pointers, arrays, sets, sorting, searching, regular expressions, APIs, JSON, HTML tables, CSS colors, SQL joins, unit tests,
version control, debugging, comments, type hints, lambda functions, list comprehensions, threads, hash tables, binary trees""")
LIST_SUBJECTS = _words("""healthy snacks, board games, outdoor activities, birthday gifts, science experiments, famous paintings, classic
novels, kitchen gadgets, houseplants, musical genres, dog breeds, types of bread, types of clouds, kinds of trees, sea
creatures, farm animals, spring flowers, vegetables, fruits, desserts, soups, breakfast dishes, hobbies, sports, careers,
inventions, programming languages, school subjects, kinds of weather, ways to save energy, ways to save money, ways to relax,
ways to learn faster, habits of successful people, rules for good writing, questions for a first date, ideas for a party,
ideas for a blog, ideas for a science project, activities for rainy days, safety rules, cleaning tips, travel tips, cooking
tips, gardening tips, tips for new parents, tips for public speaking, tips for better sleep, tips for saving water, modes of
transport, types of renewable energy, European cities, Asian countries, rivers, mountains, historical events, famous scientists""")
TASKS = _words("""clean a bicycle, bake bread, make tea, change a tire, wash a car, paint a wall, tie a tie, iron a shirt, fold a paper plane,
grow tomatoes, train a puppy, write a letter, learn to swim, plan a trip, build a birdhouse, start a blog, save money, cook
rice, make a sandwich, organize a desk, prepare for an exam, clean a window, repair a chair, set up a tent, boil an egg,
give a speech, take notes, keep a diary, improve my handwriting, learn the alphabet of a new language, make a budget, sew a button""")
PROBLEMS = _words("""I cannot sleep at night, I argue a lot with my brother, I am always late, my computer is slow, my plants keep dying, I am
bored at work, I get nervous before exams, I spend too much money, my dog barks all day, I eat too many sweets, I forget
everything, I cannot concentrate, my neighbor is noisy, I want to change my job, I feel stressed, my car does not start, I do
not know what to cook, I want to get fit, I miss my family, I want to read more, I am afraid of the dark, I lost my keys""")
REQUESTS = _words("""an invitation to a party, an apology to a friend, a thank-you message to a colleague, a complaint about a late delivery,
a birthday wish for my father, a short speech for a wedding, a cover letter for a job as a cook, a message to my landlord,
a review of a restaurant, a product description of a lamp, a slogan for a coffee shop, a welcome message for new students,
an out-of-office reply, a short biography of a teacher, a poem about spring, a reference for a good employee""")
ADJECTIVES = _words("healthy, cheap, popular, interesting, unusual, useful, famous, simple, traditional, modern, colorful, exciting")
NUMBER_WORDS = _words("three, four, five, six, seven, eight, nine, ten")


def _arithmetic(r: random.Random) -> str:
    a, b, c = r.randint(2, 99), r.randint(2, 99), r.randint(2, 12)
    name, thing, other = r.choice(NAMES), r.choice(GOODS), r.choice(NAMES)
    return r.choice([
        f"What is {a} + {b}?", f"What is {a + b} - {b}?", f"What is {a} * {c}?", f"Compute {a * c} / {c}.",
        f"Calculate {a} + {b} + {c}.", f"How much is {a} times {c}?", f"What do you get when you add {a} and {b}?",
        f"Subtract {min(a, b)} from {max(a, b)}.", f"Is {a} greater than {b}?", f"Is {a} even or odd?",
        f"{name} has {a} {thing} and buys {b} more. How many {thing} does {name} have now?",
        f"{name} had {a + b} {thing} and gave {b} of them to {other}. How many are left?",
        f"There are {c} boxes with {a} {thing} each. How many {thing} are there in total?",
        f"{name} shares {a * c} {thing} equally among {c} children. How many does each child get?",
        f"A car drives {a} kilometers per hour for {c} hours. How far does it go?",
        f"One of the {thing} costs {c} dollars. What do {a} of them cost?",
        f"What is {c * 5}% of {a * 10}?", f"What is the next number: {c}, {2 * c}, {3 * c}, {4 * c}?",
        f"What is the perimeter of a square with sides of {a} cm?", f"Convert {a} meters to centimeters.",
        f"If x + {a} = {a + b}, what is x?", f"{name} is {a} years old. How old will {name} be in {c} years?",
        f"How many days are in {c} weeks?", f"What is {c} squared?", f"Double {a} and add {b}.",
    ])  # fmt: skip


def _chat(r: random.Random) -> list[str]:
    topic, second, task, problem, request = map(r.choice, (TOPICS, TOPICS, TASKS, PROBLEMS, REQUESTS))
    name, place = r.choice(NAMES), r.choice(PLACES)
    return [
        f"{problem[0].upper()}{problem[1:]}. What should I do?", f"How can I {task}?", f"What is the best way to {task}?",
        f"Do you like {topic}?", f"Let's talk about {topic}.", f"Write {request}.", f"Can you help me to write {request}?",
        f"My friend {name} says that {topic} and {second} have nothing in common. Is that true?",
        f"I am interested in {topic}. Where should I start?", f"What do you think about {topic}?",
        f"Give me some advice about {topic}.", f"Hi, I'm {name}. I need help with {topic}.",
        f"Summarize what people should know about {topic}.", f"I'm planning a trip to {place}. Any advice?",
        f"What is a good gift for someone who loves {topic}?", f"How would you explain {topic} to a child?",
        f"Which is more useful, {topic} or {second}?", f"My teacher asked me about {topic} and {second}. What should I say?",
    ]  # fmt: skip


def _facts(r: random.Random) -> list[str]:
    topic, second, place, other, animal, adjective = map(r.choice, (TOPICS, TOPICS, PLACES, PLACES, ANIMALS, ADJECTIVES))
    many = topic.endswith("s")
    is_, does = ("are", "do") if many else ("is", "does")
    return [
        f"What {is_} {topic}?", f"Explain {topic} in one sentence.", f"Why {is_} {topic} important?", f"How {does} {topic} work?",
        f"Which city is the capital of {place}?", f"Where is {place}?", f"What is {place} famous for?", f"Define {topic}.",
        f"What language do they speak in {place}?", f"Describe the climate of {place}.", f"What do people eat in {place}?",
        f"What does a {animal} eat?", f"Where does a {animal} live?", f"How long does a {animal} live?", f"How big is a {animal}?",
        f"Is a {animal} a mammal?", f"Tell me a fact about {topic}.", f"Tell me something about the {animal}.",
        f"What is the difference between {topic} and {second}?", f"What is the history of {topic}?",
        f"How is {topic} related to {second}?", f"Which is larger, {place} or {other}?", f"What is the opposite of {adjective}?",
        f"How far is {place} from {other}?", f"Name a difference between {place} and {other}.",
    ]  # fmt: skip


def _code(r: random.Random) -> list[str]:
    language, code, concept = r.choice(LANGUAGES), r.choice(CODE_TASKS), r.choice(CODE_TOPICS)
    return [
        f"Write a {language} function that {code}.", f"Write a {language} program that {code}.",
        f"Show me {language} code that {code}.", f"Explain {concept} in {language}.", f"What are {concept}?",
        f"Give an example of {concept} in {language}.", f"How do {concept} work in {language}?",
        f"How would you write code that {code}?", f"Write a simple {language} example with {concept}.",
        f"What is a common mistake with {concept} in {language}?", f"Write a {language} script that {code} and explain it.",
        f"Write a {language} program that {code}, using {concept}.", f"Write a test in {language} for a function that {code}.",
    ]  # fmt: skip


def _stories(r: random.Random) -> list[str]:
    person, thing, setting, mood, animal, topic = map(r.choice, (PEOPLE, THINGS, SETTINGS, MOODS, ANIMALS, TOPICS))
    return [
        f"Write a {mood} story about {person} and {thing}.", f"Tell me a {mood} story about {person} {setting}.",
        f"Write a story about {thing}.", f"Write the beginning of a story about {person} who finds {thing}.",
        f"Write a {mood} poem about {topic}.", f"Tell a bedtime story about a {animal}.",
        f"Write a {mood} story about a {animal} {setting}.", f"Write a dialogue between {person} and a {animal}.",
        f"Describe {person} {setting}.", f"Write a {mood} tale about {person} who meets a {animal}.",
        f"Continue this story: Once upon a time there was {person}",
    ]  # fmt: skip


def _lists(r: random.Random) -> list[str]:
    n, adjective, subject, topic, task, place = map(r.choice, (NUMBER_WORDS, ADJECTIVES, LIST_SUBJECTS, TOPICS, TASKS, PLACES))
    return [
        f"List {n} {subject}.", f"Name {n} {adjective} {subject}.", f"Give me {n} {subject}.", f"Make a list of {subject}.",
        f"What are the main {'types' if topic.endswith('s') else 'parts'} of {topic}?", f"List the steps to {task}.",
        f"Give {n} facts about {topic}.", f"Name {n} things to see in {place}.", f"What are {n} benefits of {topic}?",
        f"List {n} reasons to visit {place}.", f"Give me {n} words related to {topic}.",
        f"Write a checklist for someone who wants to {task}.", f"What are the pros and cons of {topic}?",
    ]  # fmt: skip


TEMPLATES = {"chat": _chat, "facts": _facts, "arithmetic": lambda r: [_arithmetic(r)], "code": _code, "stories": _stories,
             "lists": _lists}  # fmt: skip
MANNERS = ["{}"] * 4 + [
    "Please answer: {}", "{} Answer briefly.", "{} Explain step by step.", "{} Use simple words.", "Hello! {}", "{} Be precise.",
    "I have a question. {}", "{} Please give an example.", "{} Answer in one sentence.", "{} Thank you!", "Quick question: {}",
    "{} Explain it to a beginner.",
]  # fmt: skip


def corpus_prompts(count: int, seed: int, held: set[str] | None = None) -> list[tuple[str, str]]:
    """Distinct (kind, question) pairs, kinds in nearly equal shares, none of them held out in any manner of asking."""
    r = random.Random(seed)
    held = held if held is not None else {p.text for p in held_out()}
    seen, found = set(), []
    for _ in range(5 * count):
        if len(found) == count:
            break
        kind = KINDS[len(found) % len(KINDS)] if r.random() < 0.5 else r.choice(KINDS)
        question = r.choice(TEMPLATES[kind](r))
        text = r.choice(MANNERS).format(question)
        if question not in held and text not in seen:
            seen.add(text)
            found.append((kind, text))
    return found
