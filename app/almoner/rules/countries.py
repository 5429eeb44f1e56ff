"""The names of countries as they stand, in English, on the last line of a letter sent abroad.

Short names in common use; a council types what people write, so a few everyday variants are here too.
The Channel Islands and the Isle of Man have postcodes of the UK shape and count as neither abroad nor at home.
"""

from __future__ import annotations

_ABROAD = """
Afghanistan|Albania|Algeria|Andorra|Angola|Anguilla|Antigua and Barbuda|Argentina|Armenia|Aruba|Australia|Austria
Azerbaijan|Bahamas|Bahrain|Bangladesh|Barbados|Belarus|Belgium|Belize|Benin|Bermuda|Bhutan|Bolivia
Bosnia and Herzegovina|Botswana|Brazil|British Virgin Islands|Brunei|Bulgaria|Burkina Faso|Burma|Burundi|Cambodia
Cameroon|Canada|Cape Verde|Cayman Islands|Central African Republic|Chad|Chile|China|Colombia|Comoros|Congo
Costa Rica|Croatia|Cuba|Curaçao|Cyprus|Czech Republic|Czechia|Democratic Republic of the Congo|Denmark|Djibouti
Dominica|Dominican Republic|East Timor|Ecuador|Egypt|El Salvador|Equatorial Guinea|Eritrea|Estonia|Eswatini|Ethiopia
Falkland Islands|Faroe Islands|Fiji|Finland|France|French Polynesia|Gabon|Gambia|Georgia|Germany|Ghana|Gibraltar
Greece|Greenland|Grenada|Guadeloupe|Guatemala|Guinea|Guinea-Bissau|Guyana|Haiti|Honduras|Hong Kong|Hungary|Iceland
India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Ivory Coast|Jamaica|Japan|Jordan|Kazakhstan|Kenya|Kiribati|Kosovo
Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya|Liechtenstein|Lithuania|Luxembourg|Macao|Madagascar|Malawi
Malaysia|Maldives|Mali|Malta|Marshall Islands|Martinique|Mauritania|Mauritius|Mexico|Micronesia|Moldova|Monaco
Mongolia|Montenegro|Montserrat|Morocco|Mozambique|Myanmar|Namibia|Nauru|Nepal|Netherlands|New Caledonia|New Zealand
Nicaragua|Niger|Nigeria|North Korea|North Macedonia|Norway|Oman|Pakistan|Palau|Palestine|Panama|Papua New Guinea
Paraguay|Peru|Philippines|Poland|Portugal|Puerto Rico|Qatar|Republic of Ireland|Réunion|Romania|Russia|Rwanda|Samoa
San Marino|Saudi Arabia|Senegal|Serbia|Seychelles|Sierra Leone|Singapore|Slovakia|Slovenia|Solomon Islands|Somalia
South Africa|South Korea|South Sudan|Spain|Sri Lanka|St Helena|St Kitts and Nevis|St Lucia|St Vincent|Sudan|Suriname
Sweden|Switzerland|Syria|São Tomé and Príncipe|Taiwan|Tajikistan|Tanzania|Thailand|The Bahamas|The Gambia
The Netherlands|Togo|Tonga|Trinidad and Tobago|Tunisia|Turkey|Turkmenistan|Turks and Caicos Islands|Tuvalu|Türkiye|UAE
USA|Uganda|Ukraine|United Arab Emirates|United States|United States of America|Uruguay|Uzbekistan|Vanuatu|Vatican City
Venezuela|Vietnam|Yemen|Zambia|Zimbabwe
"""
_HOME = """
United Kingdom|UK|U.K.|Great Britain|GB|England|Scotland|Wales|Cymru|Northern Ireland
"""


def _names(text: str) -> frozenset[str]:
    """Read a block of names parted by bars and lines."""
    return frozenset(name.strip().casefold() for line in text.splitlines() for name in line.split("|") if name.strip())


_ABROAD_NAMES = _names(_ABROAD)
_HOME_NAMES = _names(_HOME)


def is_country(text: str) -> bool:
    """Say whether the text is the English name of a country other than this one."""
    return text.strip().casefold() in _ABROAD_NAMES


def is_this_country(text: str) -> bool:
    """Say whether the text names the United Kingdom or one of its nations."""
    return text.strip().casefold() in _HOME_NAMES
