"""Practical tasks that members show: when, and in which words. Plain Python: no clock, no I/O."""

from datetime import datetime

from qadam.site.demo.diary import SHOWS, Diary

PRACTICES = (("try-product", 3.1), ("honest-answer", 10), ("care-plan", 16), ("own-words", 38), ("first-advice", 71))
"""Practical tasks of the plan, and the day of the path on which somebody steady shows each."""
WITH_PHOTO = {"try-product": "product", "care-plan": "calendar"}
"""Tasks that take a photo, and what is on it."""
IN_WORDS = {
    "try-product": {
        "kk": "Дәмі жұмсақ, таңертең сумен ішуге ыңғайлы. Қаптамасы ұнады, бірақ қасығы кішкентай екен.",
        "ru": "Вкус мягкий, утром удобно пить с водой. Упаковка понравилась, только ложка маловата.",
        "en": "The taste is mild and it mixes well with water. I like the packing; the spoon is a little small.",
    },
    "honest-answer": {
        "kk": "«Бұл пирамида емес пе?» десе, былай айтам: мұнда тіркелгені үшін ақша берілмейді, сыйақы тек сатылымнан."
        " Шартын көрсетемін, шешімді өзіңіз қабылдайсыз.",
        "ru": "На «это пирамида?» отвечаю так: за регистрацию здесь не платят, вознаграждение бывает только с продаж."
        " Покажу условия, решать вам.",
        "en": "To “is it a pyramid?” I say: nobody is paid for registrations here, only for sales. I show the terms,"
        " and you decide.",
    },
    "care-plan": {
        "kk": "Бірінші клиентке бейсенбіде және екі аптадан кейін, екінші клиентке келесі дүйсенбіде хабарласамын.",
        "ru": "Первому клиенту напишу в четверг и ещё через две недели, второму — в следующий понедельник.",
        "en": "I write to the first customer on Thursday and again in two weeks, to the second next Monday.",
    },
    "own-words": {
        "kk": "Сәлем. Өзім ішіп жүрген шай бар, сен іздеген сондай еді. Көргің келсе, айт, керек болмаса, өкпем жоқ.",
        "ru": "Привет. У меня есть травяной чай, ты о таком спрашивала. Захочешь попробовать — скажи, нет так нет.",
        "en": "Hello. I have a herbal tea like the one you asked about. Tell me if you want to try it; if not, fine.",
    },
    "first-advice": {
        "kk": "Алғашқы аптада бәрін бірден үйренуге тырыспаңыз. Күніне бір тапсырма жетеді. Сұраудан ұялмаңыз.",
        "ru": "Не старайтесь выучить всё в первую неделю. Хватит одного задания в день. И не стесняйтесь спрашивать.",
        "en": "Don't try to learn everything in the first week. One task a day is enough. And don't be shy to ask.",
    },
}
"""What people write: short, and true to the rules of what may be said."""
ANSWERS = {
    "kk": (
        "Рақмет, анық әрі адал жазылған.",
        "Жақсы, өз сөзіңізбен айтқаныңыз көрініп тұр.",
        "Қабылдадым, осылай жалғастырыңыз.",
    ),
    "ru": ("Спасибо, ясно и честно.", "Хорошо, слышно, что слова ваши.", "Принято, так и продолжайте."),
    "en": (
        "Thank you, clear and honest.",
        "Good, one hears that the words are yours.",
        "Accepted, keep going like this.",
    ),
}
"""What mentors write back."""


def show_practice(diary: Diary, at: datetime, task: str) -> None:
    diary.note(SHOWS, at, task=task, words=practice_words(task, diary.person.language))


def practice_words(task: str, language: str) -> str:
    return IN_WORDS[task].get(language, IN_WORDS[task]["ru"])
