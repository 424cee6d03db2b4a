"""Hospital B's CSV drops in GBK: patients, diagnoses, results; all cells strings, two date habits in one column, soft deletes."""
from hl7 import B
from writer import LIS_B, table

DIAGNOSES = (("GXY01", "高血压病"), ("TNB02", "2型糖尿病"), ("GXB01", "冠心病"), ("SHG01", "上呼吸道感染"), ("WY001", "慢性胃炎"),
             ("GZX01", "高脂血症"), ("SB001", "慢性肾脏病"))
PATIENTS = ["患者编号", "姓名", "性别", "出生日期", "证件类型", "证件号码", "联系电话", "住址", "更新时间", "删除标志"]
VISITS = ["就诊号", "患者编号", "诊断编码", "诊断名称", "诊断时间", "诊断顺位", "更新时间", "删除标志"]
RESULTS = ["报告单号", "患者编号", "姓名", "项目编码", "项目名称", "结果", "单位", "参考范围", "标志", "标本", "采样时间", "报告时间", "报告状态",
           "更新时间"]


def mixed(moment, index):
    return moment.strftime("%Y-%m-%d %H:%M:%S") if index % 2 == 0 else moment.strftime("%Y/%m/%d %H:%M")


def tables(s, patients, phase, day):
    stem = "" if phase == "story" else f"_{-day:03d}"
    moment = s.at(day, 6)
    common = {"organization": B, "patients": patients, "sent": moment, "ack": "read", "phase": phase}
    rows = [[p.ids[B], p.name, "男" if p.sex == "M" else "女", f"{p.birth[:4]}-{p.birth[4:6]}-{p.birth[6:]}", "01", p.id_number.lower(),
             p.phone, p.address, mixed(moment, i), "0"] for i, p in enumerate(patients)]
    s.save(f"hospital-b/his/patients{stem}.csv", table(PATIENTS, rows), "gb18030", feed="his-b-patients",
           traps=["a lower-case x in ID numbers", "two date formats in one column"], **common)
    rows = []
    for i, p in enumerate(patients):
        code, name = DIAGNOSES[i % len(DIAGNOSES)]
        visit = f"MZ{s.day:%y}{p.ids[B]}{-day:03d}"
        rows.append([visit, p.ids[B], code, name, mixed(s.at(day, 8, i), i), "1", mixed(moment, i), "0"])
    rows.append(rows[0][:-1] + ["1"])
    s.save(f"hospital-b/his/diagnoses{stem}.csv", table(VISITS, rows), "gb18030", feed="his-b-diagnoses",
           traps=["soft delete: the first diagnosis again with 删除标志 1"], **common)
    rows = []
    for i, p in enumerate(patients):
        report = f"BY{s.at(day, 0):%Y%m%d}{i + 1:03d}"
        taken, told, changed = (mixed(s.at(day, hour, minute + i), i) for hour, minute in ((8, 0), (9, 30), (9, 31)))
        for code, name, value, unit, interval in s.draw(LIS_B):
            rows.append([report, p.ids[B], p.name, code, name, value, unit, interval, "", "全血", taken, told, "已审核", changed])
    s.save(f"hospital-b/lis/results{stem}.csv", table(RESULTS, rows), "gb18030", feed="lis-b", results=len(rows),
           traps=["ranges with ～", "failed certificate: blood count of B (EQA-FAIL)"], **common)
