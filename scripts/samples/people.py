"""The invented people of the samples: names with their pinyin, ID numbers and phones that cannot belong to anybody.

ID numbers use region codes 9901xx, which GB/T 2260 leaves unassigned, with a valid GB 11643 check digit;
phones begin with 100 to 117, which no mobile network uses.
"""
from dataclasses import dataclass, field

# name, family name and given name in pinyin, sex. Some names of `story.py` hold characters whose second GB18030 byte is | ^ \ or ~.
NAMES = """王秀英 WANG XIUYING F|陈弢 CHEN TAO M|李晟 LI SHENG M|周瓅 ZHOU LI F|郑玘 ZHENG QI M|韩璣 HAN JI F|李昞 LI BING M|吴誠 WU CHENG M|邓珇 DENG ZU F
叶緗 YE XIANG F|龚䶮 GONG YAN M|欧阳𬭎 OUYANG HONG M|李敏 LI MIN F|汪建国 WANG JIANGUO M|程素芬 CHENG SUFEN F|胡平安 HU PINGAN M|方玉兰 FANG YULAN F|江志强 JIANG ZHIQIANG M
许桂花 XU GUIHUA F|吴根生 WU GENSHENG M|朱秀珍 ZHU XIUZHEN F|洪大海 HONG DAHAI M|余春梅 YU CHUNMEI F|潘文斌 PAN WENBIN M|曹月娥 CAO YUEE F|黄长庚 HUANG CHANGGENG M
章小红 ZHANG XIAOHONG F|孙福来 SUN FULAI M|宋雅琴 SONG YAQIN F|凌云飞 LING YUNFEI M|毕金凤 BI JINFENG F|倪国栋 NI GUODONG M|唐玉珠 TANG YUZHU F|姚思远 YAO SIYUAN M
谢翠英 XIE CUIYING F|邵立新 SHAO LIXIN M|陆美华 LU MEIHUA F|俞天成 YU TIANCHENG M|罗巧云 LUO QIAOYUN F|施长林 SHI CHANGLIN M|查正芳 ZHA ZHENGFANG F|鲍世杰 BAO SHIJIE M
舒兰香 SHU LANXIANG F|戴永康 DAI YONGKANG M|项彩霞 XIANG CAIXIA F|金德昌 JIN DECHANG M|詹秋菊 ZHAN QIUJU F|范学文 FAN XUEWEN M|叶知秋 YE ZHIQIU F|何满仓 HE MANCANG M
石静怡 SHI JINGYI F|赵一鸣 ZHAO YIMING M|钱淑贞 QIAN SHUZHEN F|丁有才 DING YOUCAI M|郭晓燕 GUO XIAOYAN F|董海涛 DONG HAITAO M|袁碧莲 YUAN BILIAN F|蒋光明 JIANG GUANGMING M
夏荷生 XIA HESHENG F|买买提·艾力 MAIMAITI AILI M"""
REGIONS = ("990102", "990103", "990104", "990121")
BIRTHS = {"李敏": "19960708", "程素芬": "19490221"}    # a mother of a newborn; a holder of a 15-digit number
STREETS = ("屯溪区新安北路样例小区", "徽州区永佳大道样例村", "歙县东关样例街", "黄山区甘棠样例路")


@dataclass
class Person:
    name: str
    pinyin: str
    sex: str                                   # F or M
    birth: str                                 # YYYYMMDD
    id_number: str
    phone: str
    address: str
    ids: dict = field(default_factory=dict)    # institution code -> local number
    card: str = ""                             # electronic health card


def check_digit(first17):
    """GB 11643-1999: ISO 7064 MOD 11-2 over the first 17 digits."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, first17)) % 11]


def id_number(region, birth, sequence):
    first17 = f"{region}{birth}{sequence:03d}"
    return first17 + check_digit(first17)


def old_id_number(number):
    """The 15-digit form of before 1999: no century, no check digit."""
    return number[:6] + number[8:17]


def people(rng, hospital_a, hospital_b, township, laboratory):
    """60 people; the first is 王秀英 with the numbers that documents and tests name."""
    out = []
    for index, entry in enumerate(NAMES.replace("\n", "|").split("|")):
        name, family, given, sex = entry.split(" ")
        year = 1938 + int(rng.random() * 65)
        birth = f"{year}{1 + int(rng.random() * 12):02d}{1 + int(rng.random() * 28):02d}"
        birth = BIRTHS.get(name, birth)
        sequence = 100 + index * 7
        sequence += (sequence % 2 == 0) == (sex == "M")       # odd for men, even for women
        number = id_number(REGIONS[index % len(REGIONS)], birth, sequence)
        phone = f"1{index % 18:02d}{int(rng.random() * 10**8):08d}"
        person = Person(name, f"{family} {given}", sex, birth, number, phone, f"安徽省黄山市{STREETS[index % len(STREETS)]}{index + 1}号")
        person.ids = {hospital_a: f"{1234567 + index:010d}"}
        if index % 2 == 0:
            person.ids[hospital_b] = str(778899 + index)
        if index % 5 == 0:
            person.ids[township] = f"T{20001 + index}"
        if index % 3 == 0:
            person.ids[laboratory] = f"X{900001 + index}"
        out.append(person)
    key = out[0]
    key.birth, key.id_number, key.card = "19560314", id_number("990102", "19560314", 72), "A1234567890"
    key.address = "安徽省黄山市屯溪区新安北路样例小区12号"
    first, second = (person for person in out if person.name in ("朱秀珍", "洪大海"))
    second.phone = first.phone                                  # one phone in the house: no evidence of one person
    assert key.id_number == "990102195603140724" and key.ids[hospital_a] == "0001234567" and key.ids[hospital_b] == "778899"
    return out
