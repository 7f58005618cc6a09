"""Invented people: common Kazakh and Russian first names and surnames, mixed by the seed. Nobody real is meant."""

from dataclasses import dataclass
from random import Random

KAZAKH_WOMEN = (
    "Айгерім Айнұр Айжан Айсұлу Ақбота Ақмарал Алия Алтынай Анар Арайлым Асем Аяулым Әлия Әсел Балжан Баян Ботагөз"
    " Гүлнар Гүлназ Гүлшат Дана Динара Жанар Жансая Жұлдыз Зарина Зере Индира Камила Қарлығаш Лаура Ләззат Мадина"
    " Мариям Меруерт Мөлдір Назгүл Назерке Нұргүл Перизат Раушан Салтанат Сандуғаш Сәуле Толғанай Ұлжан Шолпан"
)
KAZAKH_MEN = (
    "Абай Айдар Айдос Алмас Арман Асқар Асхат Әділ Әлихан Бақыт Бауыржан Берік Болат Данияр Дәурен Ержан Ерлан"
    " Еркебұлан Жандос Жанат Жасұлан Қайрат Қанат Қуаныш Мақсат Медет Мұрат Нұрболат Нұржан Олжас Рүстем Санжар"
    " Серік Талғат Тимур Төлеген Ұлан Шыңғыс Ілияс"
)
KAZAKH_SURNAMES = (
    "Абдрахманов Айтбаев Ақышев Алпысбаев Асқаров Ахметов Әбенов Әлімжанов Байжанов Бекенов Бектұров Досжанов Ержанов"
    " Есенов Жақсыбеков Жұмабаев Ибраев Исаев Кәрімов Қалиев Қасымов Құдайбергенов Мұқанов Мұсаев Нұрланов Оразбаев"
    " Оспанов Рахимов Сағынтаев Сәдуақасов Серіков Смағұлов Тәжібаев Төлеуов Тұрсынов Ысқақов Шаймерденов"
)
RUSSIAN_WOMEN = (
    "Алёна Александра Алина Анастасия Анна Валентина Валерия Вера Виктория Галина Дарья Екатерина Елена Жанна Ирина"
    " Кристина Ксения Лариса Людмила Маргарита Марина Мария Надежда Наталья Оксана Ольга Полина Светлана София Татьяна"
    " Юлия Яна"
)
RUSSIAN_MEN = (
    "Александр Алексей Андрей Антон Артём Вадим Виталий Владимир Денис Дмитрий Евгений Иван Игорь Кирилл Константин"
    " Максим Михаил Николай Олег Роман Сергей Станислав Юрий"
)
RUSSIAN_SURNAMES = (
    "Антонов Белов Васильев Виноградов Воробьёв Гаврилов Голубев Григорьев Егоров Ефимов Захаров Зайцев Иванов Ильин"
    " Козлов Комаров Королёв Кузнецов Лебедев Макаров Мельников Морозов Никитин Новиков Орлов Павлов Петров Поляков"
    " Романов Семёнов Смирнов Соколов Соловьёв Степанов Тарасов Титов Фёдоров Филиппов Фролов Шевченко"
)
KAZAKHS, KAZAKH_IN_RUSSIAN = 0.70, 0.25
"""Share of Kazakh names, and how many of those people chose Russian as their language."""

_SPELLINGS = (
    "аa бb вv гg дd еe ёyo жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh"
    " щsh ъ_ ыy ь_ эe юyu яya әa ғg қq ңn өo ұu үu һh іi"
)
LATIN = {pair[0]: pair[1:] for pair in _SPELLINGS.split()}


@dataclass(frozen=True, slots=True)
class Face:
    """A name, and the language that its bearer reads."""

    name: str
    language: str


def invent_face(rng: Random) -> Face:
    is_kazakh, is_woman = rng.random() < KAZAKHS, rng.random() < 0.72
    women, men, surnames = (
        (KAZAKH_WOMEN, KAZAKH_MEN, KAZAKH_SURNAMES) if is_kazakh else (RUSSIAN_WOMEN, RUSSIAN_MEN, RUSSIAN_SURNAMES)
    )
    first = rng.choice((women if is_woman else men).split())
    surname = rng.choice(surnames.split())
    in_russian = not is_kazakh or rng.random() < KAZAKH_IN_RUSSIAN
    face = Face(f"{first} {_feminine(surname) if is_woman else surname}", "ru" if in_russian else "kk")
    return Face(in_latin(face.name), "en") if rng.random() < 0.02 else face


def _feminine(surname: str) -> str:
    return f"{surname}а" if surname.endswith(("ов", "ев", "ёв", "ин")) else surname


def in_latin(name: str) -> str:
    """Spell a name with Latin letters, as people do in an address."""
    spelt = "".join(LATIN.get(letter.lower(), letter) for letter in name).replace("_", "")
    return spelt.title()


def address_of(name: str, number: int) -> str:
    """Return an address of a domain that can't exist."""
    return f"{in_latin(name).lower().replace(' ', '.')}.{number}@example.com"
